package io.cattleguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.route.slack.SlackSettings;
import io.cattleguard.route.slack.message.LinkTemplate;
import io.cattleguard.route.slack.message.SlackView;
import io.cattleguard.route.splunk.SplunkHecSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RoutesTest {
  private static final String GOOD =
      """
      destinations:
        - name: siem
          type: splunk-hec
          url: https://splunk.example.com:8088
          token-from: SPLUNK_TOKEN
          index: security
          gzip: false
        - name: people
          type: slack
          token-from: SLACK_TOKEN
          channel: "#security"
        - name: developers
          type: slack-webhook
          url-from: DEVELOPERS_WEBHOOK
      routes:
        - name: all
          when: { score: [{ numeric: [">=", 0] }] }
          to: [siem, people]
          tests: [{ name: anything }]
        - name: configuration
          when: { alert: { class: [configuration] } }
          to: [developers]
      """;

  @TempDir private Path directory;

  @Test
  void everySettingOfEveryTypeIsRead() {
    Routes routes = PolicyDirectory.routes(directory, GOOD);

    assertEquals(
        List.of("splunk-hec siem", "slack people", "slack-webhook developers"),
        routes.destinations().stream().map(one -> one.type() + " " + one.name()).toList());
    SplunkHecSettings siem = (SplunkHecSettings) routes.destinations().getFirst();
    assertEquals(new Setting.Written("https://splunk.example.com:8088"), siem.url());
    assertEquals(new Setting.From("SPLUNK_TOKEN"), siem.token());
    assertEquals("security", siem.index().orElseThrow());
    assertFalse(siem.gzip());
    assertEquals(List.of("siem", "people"), routes.routes().getFirst().to());
  }

  @Test
  void aSlackChannelHasButtonsLinksAndTheRunbooksOfPlaybooksIfTheSettingsSaySo()
      throws IOException {
    Files.createDirectory(directory.resolve("playbooks"));
    Files.writeString(
        directory.resolve("playbooks/a.yaml"),
        "name: reverse-shell\nrunbook: https://runbooks.example.com/shell\n");
    Files.writeString(directory.resolve("playbooks/b.yaml"), "name: cryptominer\n");
    String more =
        "channel: \"#security\"\n    buttons: true\n    links: { Board: 'https://b.example.com' }";

    SlackSettings with =
        (SlackSettings)
            PolicyDirectory.routes(directory, GOOD.replace("channel: \"#security\"", more))
                .destinations()
                .get(1);
    SlackSettings without =
        (SlackSettings) PolicyDirectory.routes(directory, GOOD).destinations().get(1);

    assertEquals(
        new SlackView(
            true,
            List.of(new LinkTemplate("Board", "https://b.example.com")),
            Map.of("reverse-shell", URI.create("https://runbooks.example.com/shell"))),
        with.view());
    assertFalse(without.view().buttons(), "a dead button misleads");
    Routes all = PolicyDirectory.routes(directory, GOOD.replace("channel: \"#security\"", more));
    assertTrue(all.hasButtons());
    Routes none = all.withoutButtons();
    assertFalse(none.hasButtons(), "a host without a way in");
    assertEquals(
        new SlackView(false, with.view().links(), with.view().runbooks()),
        ((SlackSettings) none.destinations().get(1)).view());
    assertEquals(all.routes(), none.routes());
  }

  @Test
  void theShippedPolicyIsValidAndLeadsSomewhereFromEveryRoute() {
    Routes routes = PolicyDirectory.shipped();

    assertEquals(
        List.of("security-channel", "developers-channel", "siem"),
        routes.destinations().stream().map(DestinationSettings::name).toList());
  }

  @Test
  void aMissingFileIsAnErrorBecauseNobodyWouldBeTold() {
    PolicyException wrong =
        assertThrows(
            PolicyException.class,
            () -> Routes.read(new PolicyFiles(directory), Destinations.TYPES));

    assertTrue(text(wrong).startsWith("routes.yaml:1: missing or empty"));
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            "to: [siem, people]", "to: [siem, poeple]", ":18: unknown destination 'poeple'"),
        Arguments.of(
            "to: [siem, people]", "to: [siem, people, siem]", ":18: 'siem' is listed twice"),
        Arguments.of("to: [siem, people]", "to: []", ":18: needs at least one destination"),
        Arguments.of("to: [siem, people]", "to: [siem]", ":8: no route uses 'people'"),
        Arguments.of("name: people", "name: siem", ":8: destination 'siem' is defined twice"),
        Arguments.of("name: configuration", "name: all", ":20: route 'all' is defined twice"),
        Arguments.of("name: people", "name: Our people", ":8: a name has at most 63"),
        Arguments.of(
            "type: slack\n", "type: slak\n", ":9: 'slak' is not one of slack, slack-webhook"),
        Arguments.of("index: security", "indx: security", ":6: unknown key 'indx'; did you mean"),
        Arguments.of("gzip: false", "gzip: 1", ":7: expected true or false"),
        Arguments.of(
            "channel: \"#security\"", "channel-form: X", ":11: unknown key 'channel-form'"),
        Arguments.of("    channel: \"#security\"\n", "", ":8: needs either 'channel' or"),
        Arguments.of(
            "channel: \"#security\"",
            "channel: \"#security\"\n    channel-from: X",
            ":8: needs either 'channel' or"),
        Arguments.of("url: https:", "url: http:", ":4: expected an https:// address"),
        Arguments.of(
            "class: [configuration]",
            "class: configuration",
            ":21: a pattern lists the values of a field; write class: [configuration]"),
        Arguments.of("    when: { alert", "    wenn: { alert", ":21: unknown key 'wenn'"),
        Arguments.of(
            "{ score: [", "{ scores: [", ":17: unknown key 'scores'; did you mean 'score'"),
        Arguments.of("{ class: [", "{ clas: [", ":21: unknown key 'clas'; did you mean 'class'"),
        Arguments.of(
            "{ alert: { class: [configuration] } }", "{ alert: [x] }", ":21: expected a mapping"),
        Arguments.of(
            "{ alert: { class: [configuration] } }",
            "{ $or: [{ score: [1] }, { skore: [1] }] }",
            ":21: unknown key 'skore'; did you mean 'score'"),
        Arguments.of("routes:", "rules:", ":15: unknown key 'rules'"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("mistakes")
  void aMistakeIsNamedWithFileAndLine(String right, String wrong, String message) {
    assertTrue(GOOD.contains(right), "the table row changes nothing");

    PolicyException error =
        assertThrows(
            PolicyException.class,
            () -> PolicyDirectory.routes(directory, GOOD.replace(right, wrong)));

    assertTrue(
        text(error).lines().anyMatch(line -> line.startsWith("routes.yaml" + message)),
        text(error));
  }

  @Test
  void allMistakesAreToldAtOnce() {
    PolicyException error =
        assertThrows(
            PolicyException.class,
            () ->
                PolicyDirectory.routes(
                    directory, GOOD.replace("gzip: false", "gzip: 1").replace("when", "wenn")));

    assertEquals(3, error.errors().size(), text(error));
  }

  @ParameterizedTest
  @MethodSource("pastedSecrets")
  void aSecretPastedIntoThePolicyIsRefusedAndNotRepeated(String right, String wrong) {
    PolicyException error =
        assertThrows(
            PolicyException.class,
            () -> PolicyDirectory.routes(directory, GOOD.replace(right, wrong)));

    assertFalse(text(error).contains("s3cr3t"), text(error));
    assertTrue(text(error).contains("environment variable"), text(error));
  }

  static Stream<Arguments> pastedSecrets() {
    return Stream.of(
        Arguments.of("token-from: SLACK_TOKEN", "token: s3cr3t"),
        Arguments.of("token-from: SLACK_TOKEN", "token-from: s3cr3t"),
        Arguments.of("url-from: DEVELOPERS_WEBHOOK", "url-from: https://hooks.example.com/s3cr3t"));
  }

  private static String text(PolicyException error) {
    return String.join("\n", error.errors().stream().map(String::valueOf).toList());
  }
}
