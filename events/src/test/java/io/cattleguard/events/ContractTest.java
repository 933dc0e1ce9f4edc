package io.cattleguard.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.QuestionAsked;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests the contract with other readers of the bus: schemas, samples that always decode, and the
 * README's table.
 */
final class ContractTest {
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  private static final SchemaValidatorsConfig WITH_FORMATS =
      SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

  static Stream<String> events() {
    return ContractFiles.names("samples").stream().filter(name -> name.startsWith("v1/"));
  }

  @ParameterizedTest
  @EnumSource(DetailType.class)
  void everyDetailTypeHasASchemaASampleAPatternAndARow(DetailType type) {
    String name = fileName(type);
    assertTrue(ContractFiles.names("schemas").contains(name), "schema");
    assertTrue(ContractFiles.names("samples").contains("v1/" + name), "sample");
    assertFalse(
        ContractFiles.json("samples", "cases.json").path("v1/" + name).isEmpty(),
        "a pattern that its sample matches");
    String readme = ContractFiles.text("", "README.md");
    assertTrue(readme.contains("| `" + type.wireName() + "` |"), "row in events/README.md");
    assertTrue(readme.contains("(schemas/" + name + ")"), "link to the schema");
  }

  @ParameterizedTest
  @MethodSource("events")
  void everySampleIsWhatItsSchemaSays(String sample) {
    JsonNode event = ContractFiles.json("samples", sample);
    assertEquals(Set.of(), schemaOf(event).validate(event.path("detail")), sample);
  }

  @ParameterizedTest
  @MethodSource("events")
  void everySampleOfTheFirstVersionDecodesAndIsWrittenAsItWas(String sample) {
    JsonNode event = ContractFiles.json("samples", sample);
    ObjectNode detail = event.path("detail").deepCopy();
    ObjectNode written =
        switch (type(event)) {
          case RUNTIME_ALERTS -> RuntimeAlerts.read(detail).write();
          case ALERT_ACCEPTED -> AlertJson.write(AlertJson.readAccepted(detail));
          case ALERT_SCORED -> AlertJson.write(AlertJson.readScored(detail));
          case RESPONSE_DECIDED -> ResponseDecided.read(detail).write();
          case SENSOR_HEARTBEAT -> SensorHeartbeat.read(detail).write();
          case WORKLOAD_OBSERVED -> WorkloadObserved.read(detail).write();
          case OPERATOR_COMMAND -> OperatorCommand.read(detail).write();
          case QUESTION_ASKED -> QuestionAsked.read(detail).write();
          case PEOPLE_NOTIFIED -> PeopleNotified.read(detail).write();
        };
    DetailType type = type(event);
    if (type != DetailType.RUNTIME_ALERTS
        && type != DetailType.SENSOR_HEARTBEAT
        && type != DetailType.WORKLOAD_OBSERVED) {
      detail.put("hops", detail.path("hops").asInt() + 1);
    }
    assertEquals(detail.toString(), written.toString());
  }

  @Test
  void readersPassOverKeysOfALaterVersion() {
    ObjectNode detail = detail("v1/response-decided.json");
    ResponseDecided before = ResponseDecided.read(detail);
    detail.put("later", 1);
    ((ObjectNode) detail.get("alert")).putObject("device").put("x", "y");
    ((ObjectNode) detail.get("alert").get("target")).put("zone", "a");
    ((ObjectNode) detail.get("response")).put("later", true);
    assertEquals(before, ResponseDecided.read(detail));
    assertEquals(
        Set.of(),
        schemaOf(ContractFiles.json("samples", "v1/response-decided.json")).validate(detail));
  }

  @Test
  void schemasRefuseWhatIsWrong() {
    assertRefused("hops", detail -> detail.put("hops", -1));
    assertRefused("schema", detail -> detail.put("schema", "cattleguard/v2"));
    assertRefused("severity", detail -> alert(detail).put("severity", "urgent"));
    assertRefused("raw", detail -> alert(detail).remove("raw"));
    assertRefused("tactics", detail -> alert(detail).putArray("tactics").add("execution"));
    assertRefused("observedAt", detail -> detail.put("observedAt", "yesterday"));
    assertRefused("score", detail -> detail.put("score", 101));
    assertRefused("outcome", detail -> ((ObjectNode) detail.get("response")).put("outcome", "x"));
    assertRefused("reasons", detail -> ((ArrayNode) detail.get("reasons")).add("because"));
  }

  private static void assertRefused(String what, java.util.function.Consumer<ObjectNode> damage) {
    ObjectNode detail = detail("v1/response-decided.json");
    damage.accept(detail);
    Set<ValidationMessage> messages =
        schemaOf(ContractFiles.json("samples", "v1/response-decided.json")).validate(detail);
    assertTrue(
        messages.stream().anyMatch(message -> message.getMessage().contains(what)),
        what + ": " + messages);
  }

  private static ObjectNode detail(String sample) {
    return ContractFiles.json("samples", sample).path("detail").deepCopy();
  }

  private static ObjectNode alert(ObjectNode detail) {
    return (ObjectNode) detail.get("alert");
  }

  private static String fileName(DetailType type) {
    return type.wireName().toLowerCase(Locale.ROOT).replace(' ', '-') + ".json";
  }

  private static DetailType type(JsonNode event) {
    Optional<DetailType> type = DetailType.named(event.path("detail-type").asText());
    return type.orElseThrow();
  }

  private static JsonSchema schemaOf(JsonNode event) {
    return schema(fileName(type(event)));
  }

  private static JsonSchema schema(String name) {
    return SCHEMAS.getSchema(
        SchemaLocation.of(ContractFiles.folder("schemas").resolve(name).toUri().toString()),
        WITH_FORMATS);
  }
}
