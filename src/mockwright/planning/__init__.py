"""MockRequest -> Plan: deciding returns a value and calls no model."""
