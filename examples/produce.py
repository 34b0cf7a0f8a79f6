# Publishes one comment to Kafka, as a platform's own backend would: pip install "confluent-kafka[avro,schemaregistry]"
import os
import time

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

topic = os.environ.get("NICR_TOPIC_PREFIX", "nicr.") + "content"
registry = SchemaRegistryClient(
    {"url": os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8081/apis/ccompat/v7")}
)
# Nicr's own schema, which the registry holds already
schema = registry.get_latest_version(f"{topic}-value").schema.schema_str
serialize = AvroSerializer(registry, schema, conf={"auto.register.schemas": False})
producer = Producer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092"),
        "partitioner": "murmur2_random",  # librdkafka's default differs from Java's and Nicr's
        "enable.idempotence": True,
    }
)

comment = {
    "id": "comment-2",
    "kind": "COMMENT",
    "author": "grace",
    "text": "What a lovely idea, I will try it tonight.",
    "at": int(time.time() * 1000),
}
value = serialize(comment, SerializationContext(topic, MessageField.VALUE))
producer.produce(topic, key=comment["id"], value=value)
if producer.flush(10) > 0:
    raise SystemExit("the broker did not answer within 10 s")
print("published", comment["id"])
