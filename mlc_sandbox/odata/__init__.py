"""`$filter` and `$orderby` of OData, as the vendors' servers take them."""

from mlc_sandbox.odata.dialect import Dialect
from mlc_sandbox.odata.filters import Filter, compile_filter
from mlc_sandbox.odata.values import ODataError, compare_values, order_by, sort_records

__all__ = ["Dialect", "Filter", "ODataError", "compare_values", "compile_filter", "order_by", "sort_records"]
