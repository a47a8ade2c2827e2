"""The lists of the API (docs/vendors/visma_net.md, section 6)."""

from mlc_sandbox.visma_net.lists.documents import DOCUMENTS
from mlc_sandbox.visma_net.lists.filters import Record
from mlc_sandbox.visma_net.lists.ledger import LEDGER
from mlc_sandbox.visma_net.lists.listing import Listing
from mlc_sandbox.visma_net.lists.master import MASTER

LISTINGS = {(listing.version, listing.resource): listing for listing in (*MASTER, *DOCUMENTS, *LEDGER)}
"""By version and resource, in lower case."""

__all__ = ["LISTINGS", "Listing", "Record"]
