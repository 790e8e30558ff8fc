"""Faust agents, Kafka topics and state: the only place that imports faust and aiokafka."""
