package io.cattleguard.events.canary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class CanaryTest {
  private static final Alert CANARY = TestAlerts.canary("c1");

  @Test
  void theCanaryIsRecognisedAlsoOnTheBus() {
    assertTrue(Canary.is(CANARY));
    assertTrue(Canary.isIn(AlertJson.write(TestAlerts.scored(CANARY, 5))));
    assertFalse(Canary.isIn(AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a"), 90))));
  }

  /** An intruder cannot hide an alert as a canary, because the cluster is never in the payload. */
  @ParameterizedTest(name = "{0}")
  @MethodSource
  void whatOnlyLooksLikeOneIsAnAlert(String sentence, Alert alert) {
    assertFalse(Canary.is(alert), sentence);
  }

  static Stream<Arguments> whatOnlyLooksLikeOneIsAnAlert() {
    return Stream.of(
        Arguments.of("of a real cluster", with(target -> target.cluster("blue"))),
        Arguments.of("of no cluster", with(target -> target.cluster(null))),
        Arguments.of("of a real pod", with(target -> target.podUid("1-2-3"))),
        Arguments.of("of another pod", with(target -> target.pod("web-1"))),
        Arguments.of("of another namespace", with(target -> target.namespace("shop"))),
        Arguments.of("of an account", with(target -> target.account("111122223333"))),
        Arguments.of("of an instance", with(target -> target.instance("i-1"))),
        Arguments.of(
            "of another rule",
            TestAlerts.alert("c", "Reverse shell", Severity.CRITICAL)
                .target(CANARY.target())
                .build()));
  }

  private static Alert with(UnaryOperator<Target.Builder> change) {
    return TestAlerts.alert("c", "Cattleguard canary", Severity.INFORMATIONAL)
        .target(change.apply(CANARY.target().toBuilder()).build())
        .build();
  }

  @Test
  void eachIsAProblemOfItsOwn() {
    assertNotEquals(Canary.event("1", TestAlerts.AT), Canary.event("2", TestAlerts.AT));
  }

  /** The two answers to one canary differ, so that neither looks like a copy of the other. */
  @Test
  void eachResponderHasItsOwnAnswer() {
    ScoredAlert scored = TestAlerts.scored(CANARY, 5);

    assertNotEquals(
        Canary.answer(scored, "kubernetes", TestAlerts.AT).id(),
        Canary.answer(scored, "aws", TestAlerts.AT).id());
  }

  /** Terraform contains the same event, because Scheduler does not run our code. */
  @Test
  void theEventIsThatOfTerraform() throws Exception {
    Path file = ContractFiles.root().resolve("infra/terraform/canary.tf");
    Matcher body =
        Pattern.compile("canary_event = jsonencode\\(\\{(.*?)\\n  \\}\\)", Pattern.DOTALL)
            .matcher(Files.readString(file));
    assertTrue(body.find(), "canary.tf has another form");
    String json =
        "{"
            + body.group(1)
                .strip()
                .replaceAll("(?m)^\\s*\"?([a-z0-9_.]+)\"?\\s*=\\s*", "\"$1\": ")
                .replaceAll("(?m)([\"}])$", "$1,")
                .replaceAll(",(\\s*})", "$1")
                .replaceAll(",$", "")
            + "}";
    JsonNode theirs =
        JsonMapper.builder()
            .build()
            .readTree(json.replace("EXECUTION", "e1").replace("AT", TestAlerts.AT.toString()));

    assertEquals(theirs, JsonMapper.builder().build().readTree(Canary.event("e1", TestAlerts.AT)));
  }
}
