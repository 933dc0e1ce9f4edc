package io.cattleguard.events.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ContractViolation;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests questions on the bus: who may ask, and to which address the answer may be sent. */
final class QuestionAskedTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:15:00Z");
  private static final OperatorCommand.Who ANNA =
      new OperatorCommand.Who("slack:U0EXAMPLE", Optional.of("anna"));

  private static ObjectNode detail() {
    return ContractFiles.json("samples", "v1/question-asked.json").path("detail").deepCopy();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cattleguard.operator.AROAEXAMPLEID:ann",
        "cattleguard.respond",
        "cattleguard.operator2",
        ""
      })
  void onlyOperateAsks(String source) {
    assertThrows(ContractViolation.class, () -> QuestionAsked.read(source, detail()));
    assertEquals(
        "slack:U0EXAMPLE", QuestionAsked.read("cattleguard.operator", detail()).who().identity());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "answerTo | https://hooks.slack.com.example/commands/1",
        "answerTo | http://hooks.slack.com/commands/1",
        "answerTo | https://hooks.slack.com:8443/commands/1",
        "answerTo | https://anna@hooks.slack.com/commands/1",
        "answerTo | https://169.254.169.254/latest/meta-data",
        "since    | PT0S",
        "since    | -PT24H",
        "since    | P91D",
        "since    | yesterday",
        "question | everything",
        "question | INCIDENTS",
        "who      | ' '",
        "observedAt | yesterday",
      })
  void whatIsWrongIsRejected(String field, String value) {
    ContractViolation violation =
        assertThrows(
            ContractViolation.class,
            () -> QuestionAsked.read("cattleguard.operator", detail().put(field.strip(), value)));
    assertTrue(
        !String.valueOf(violation.getMessage()).contains("hooks.slack.com"),
        "the address is not logged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"12345", "7c1e6d1f0a2b4c3d8e9f0011223344556", "7C1E6D", "<!here>"})
  void anIncidentIsNamedByDigits(String id) {
    ObjectNode detail = detail().put("question", "incident").put("incident", id);

    assertThrows(ContractViolation.class, () -> QuestionAsked.read("cattleguard.operator", detail));
  }

  @Test
  void theSameQuestionHasTheSameIdAndAnotherOneAnother() {
    URI address = URI.create("https://hooks.slack.com/commands/T0EXAMPLE/1/abc");
    Question question = new Question(Question.Kind.CONTAINED, Question.USUAL, "");
    String id = QuestionAsked.of(question, ANNA, AT, address).id();

    assertEquals(id, QuestionAsked.of(question, ANNA, AT, address).id());
    assertNotEquals(id, QuestionAsked.of(question, ANNA, AT.plusSeconds(1), address).id());
    assertNotEquals(id, QuestionAsked.of(question, ANNA, AT, URI.create(address + "d")).id());
    assertNotEquals(
        id,
        QuestionAsked.of(
                new Question(Question.Kind.SILENCES, Question.USUAL, ""), ANNA, AT, address)
            .id());
  }
}
