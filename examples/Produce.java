// Publishes one comment to Kafka, as a platform's own backend would. Java 17 or later; the jars are those of examples/pom.xml
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Produce {
  public static void main(String[] args) throws Exception {
    var brokers = setting("KAFKA_BROKERS", "127.0.0.1:9092");
    var registry = setting("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8081/apis/ccompat/v7");
    var topic = setting("NICR_TOPIC_PREFIX", "nicr.") + "content";

    // Nicr's own schema, and the id under which the registry holds it; a backend asks once, at its start.
    var latest = URI.create(registry + "/subjects/" + topic + "-value/versions/latest");
    var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(latest).build(), BodyHandlers.ofString());
    if (answer.statusCode() != 200)
      throw new IllegalStateException("the registry answered " + answer.statusCode() + ": " + answer.body());
    var registered = new ObjectMapper().readTree(answer.body());
    var schema = new Schema.Parser().parse(registered.get("schema").asText());

    var comment = new GenericRecordBuilder(schema) // whatever is not set has its default
        .set("id", "comment-4")
        .set("kind", new GenericData.EnumSymbol(schema.getField("kind").schema(), "COMMENT"))
        .set("author", "mary")
        .set("text", "Well done, that was a joy to read.")
        .set("at", System.currentTimeMillis())
        .build();

    Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      var value = wireFormat(registered.get("id").asInt(), comment);
      producer.send(new ProducerRecord<>(topic, "comment-4", value)).get();
    }
    System.out.println("published comment-4");
  }

  /** Confluent's: a zero, the schema's id, then the Avro bytes. */
  static byte[] wireFormat(int schemaId, GenericRecord record) throws Exception {
    var bytes = new ByteArrayOutputStream();
    var head = new DataOutputStream(bytes);
    head.writeByte(0);
    head.writeInt(schemaId);
    var encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
    return bytes.toByteArray();
  }

  static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }
}
