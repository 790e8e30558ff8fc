"""Steps between editions of the desk's tables, each both ways; `ioc.desk.schema` runs them."""
