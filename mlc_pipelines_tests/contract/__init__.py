"""One suite that every ERP passes: what `erp.base.Source` promises, over real sockets."""
