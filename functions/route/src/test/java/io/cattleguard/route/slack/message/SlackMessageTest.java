package io.cattleguard.route.slack.message;

import static io.cattleguard.route.Notices.T0;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.route.HostileNotices;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Told;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

public final class SlackMessageTest {
  private static final Pattern HIDDEN =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}&&[^\\n]]");

  /** A message of every kind, with the text in every field, including a responder's. */
  public static Stream<SlackMessage> everyKind(Notices notices, String text) {
    ResponseDecided decided =
        new ResponseDecided(
            notices.scored(),
            text,
            text,
            text,
            ResponseOutcome.REFUSED,
            List.of(text, text),
            text,
            T0,
            T0.plusSeconds(60));
    return Stream.of(
        SlackMessage.alert(notices.scored()),
        SlackMessage.incident(hostile(notices, text), SlackView.PLAIN),
        SlackMessage.incident(hostile(notices, text), everything(text)),
        SlackMessage.outcome(decided),
        SlackMessage.outcome(asking(notices, text, text)),
        SlackMessage.outcome(
            decided.answering(
                new ResponseDecided.Approval(text, T0, true, List.of(text), text, text, text),
                text)),
        SlackMessage.alertWithOutcome(decided));
  }

  /** Everything that settings can add to a message, with maximum lengths. */
  public static SlackView everything(String text) {
    String address = "https://runbooks.example.com/" + "r".repeat(450);
    return new SlackView(
        true,
        Stream.of("Board", "CloudWatch", "SIEM", "Wiki", "Grafana")
            .map(
                label ->
                    new LinkTemplate(label, "https://siem.example.com/{pod}/{incident}?q={rule}"))
            .toList(),
        Map.of(text, URI.create(address)));
  }

  private static ResponseDecided asking(Notices notices, String id, String text) {
    return notices
        .decided(ResponseOutcome.AWAITING_APPROVAL)
        .answering(
            new ResponseDecided.Approval(
                id, T0.plusSeconds(1_800), false, List.of("kill switch"), null, null, null),
            text);
  }

  @Test
  void aQuestionSaysWhatWhereWhyUntilWhenAndWhatToType() {
    String message =
        String.join(
            "\n",
            SlackPreview.lines(
                SlackMessage.outcome(
                    asking(
                        Notices.alert(),
                        "blue/isolate-pod/1f8a3c9e5b7d2046",
                        "waits for approval until then. No guard objects: kill switch")),
                "#security"));

    for (String part :
        List.of(
            "Waiting for approval · delete-pod",
            "pod shop/web-1 (uid 1111",
            "Expires at",
            "no action is taken",
            "No guard objects: kill switch",
            "score 85 of 100",
            "./cattleguard approve blue/isolate-pod/1f8a3c9e5b7d2046 --reason 'why'",
            "./cattleguard reject blue/isolate-pod/1f8a3c9e5b7d2046 --reason 'why'")) {
      assertTrue(message.contains(part), part + " in\n" + message);
    }
  }

  @Test
  void anIdThatCouldBeACommandIsNotShownAsOne() {
    for (String id : List.of("$(reboot)/a/b", "a b/c", "-rf", "a;b/c/d", "a`b`/c")) {
      assertFalse(
          SlackPreview.lines(
                  SlackMessage.outcome(asking(Notices.alert(), id, "waits")), "#security")
              .stream()
              .anyMatch(line -> line.contains("./cattleguard approve")),
          id);
    }
  }

  private static final String ACCEPT =
      "./cattleguard model accept 'prod/shop/Deployment/web/web'"
          + " 'program:/usr/bin/convert<-/bin/sh'";

  @Test
  void aDeviationSaysHowItsPatchIsPrinted() {
    Notices deviation = Notices.alert().deviation("program:/usr/bin/convert<-/bin/sh");

    assertTrue(SlackMessage.alert(deviation.scored()).parts().contains(accepting(ACCEPT)));
  }

  private static SlackMessage.Lines accepting(String... commands) {
    return new SlackMessage.Lines("To accept it", List.of(commands));
  }

  @Test
  void anIncidentSaysItOfTheAlertThatItShowsAndOfAFewOthers() {
    Told told = Told.NOTHING;
    for (int i = 0; i < 6; i++) {
      told =
          told.with(
              new Notice.Scored(
                  Notices.alert()
                      .id("d" + i)
                      .fingerprint("d" + i)
                      .deviation("listener:tcp/900" + i)
                      .score(i == 5 ? 90 : 50)
                      .incident("i1", "a")
                      .scored()));
    }

    assertTrue(
        SlackMessage.incident(told, SlackView.PLAIN)
            .parts()
            .contains(
                accepting(
                    "./cattleguard model accept 'prod/shop/Deployment/web/web' 'listener:tcp/9005'",
                    "./cattleguard model accept 'prod/shop/Deployment/web/web' 'listener:tcp/9000'",
                    "./cattleguard model accept 'prod/shop/Deployment/web/web'"
                        + " 'listener:tcp/9001'")));
  }

  private static Told deviating(String... entries) {
    Told told = Told.NOTHING;
    for (String entry : entries) {
      told =
          told.with(
              new Notice.Scored(
                  Notices.alert()
                      .id(entry)
                      .fingerprint(entry)
                      .deviation(entry)
                      .incident("i1", "a")
                      .scored()));
    }
    return told;
  }

  @Test
  void aDeviationHasAButtonThatAsksForItsPatchAndNoQuestionBefore() {
    SlackMessage.Button button =
        SlackMessage.incident(deviating("listener:tcp/9000"), BUTTONS).parts().stream()
            .filter(part -> part instanceof SlackMessage.Buttons)
            .flatMap(part -> ((SlackMessage.Buttons) part).buttons().stream())
            .filter(one -> one.actionId().equals(QuestionButton.ACTION_ID))
            .findFirst()
            .orElseThrow();

    assertEquals("Patch to accept it", button.text());
    assertEquals(Optional.empty(), button.question());
    assertEquals(
        new AcceptableEntry("prod/shop/Deployment/web/web", "listener:tcp/9000"),
        QuestionButton.read(button.value()).orElseThrow().entry());
  }

  @Test
  void severalDeviationsAreNamedOnTheirButtons() {
    List<String> buttons =
        buttons(deviating("listener:tcp/9000", "file:/etc/x", "listener:tcp/9001"), BUTTONS);

    assertTrue(
        buttons.containsAll(
            List.of(
                "Patch to accept listener:tcp/9000",
                "Patch to accept file:/etc/x",
                "Patch to accept listener:tcp/9001")),
        buttons::toString);
    assertFalse(
        buttons(deviating("program:/tmp/a'; reboot; '"), BUTTONS).toString().contains("accept"));
    assertEquals(List.of(), buttons(deviating("listener:tcp/9000"), SlackView.PLAIN));
  }

  @Test
  void anEntryThatCouldBeACommandIsNotShownAsOne() {
    for (String entry :
        List.of("program:/tmp/a'; reboot; '", "program:/tmp/a`reboot`", "file:/<!channel> x")) {
      Notices deviation = Notices.alert().deviation(entry).incident("i1", "a");
      Told told = Told.NOTHING.with(new Notice.Scored(deviation.scored()));
      for (SlackMessage message :
          List.of(
              SlackMessage.alert(deviation.scored()),
              SlackMessage.incident(told, SlackView.PLAIN))) {
        assertFalse(message.toString().contains("model accept"), entry);
      }
    }
  }

  /** An incident with everything that a message can show of it. */
  private static Told hostile(Notices notices, String text) {
    List<Incident.Step> steps = new ArrayList<>();
    for (String tactic : List.of("TA0001", "TA0002", "TA0004", "TA0006", "TA0011", "TA0040")) {
      steps.add(new Incident.Step(T0, text, text, Severity.HIGH, List.of(tactic, text)));
    }
    List<Told.Problem> problems = new ArrayList<>();
    List<Told.Response> responses = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      problems.add(
          new Told.Problem(
              String.format("%032x", i),
              T0,
              text,
              text,
              Long.MAX_VALUE / 100,
              i,
              true,
              new AcceptableEntry("m".repeat(200), "file:/" + "<".repeat(140) + i)));
      responses.add(
          new Told.Response(
              text,
              text,
              text,
              i % 2 == 0 ? ResponseOutcome.TAKEN : ResponseOutcome.AWAITING_APPROVAL,
              T0,
              T0.plusSeconds(i),
              i % 2 == 0 ? T0 : null,
              T0,
              i % 2 == 0 ? text : null,
              i % 2 == 0 ? null : new Told.Question(text, T0, true),
              text,
              ResponseDecided.Effect.CONTAINS));
    }
    return new Told(
        Optional.of(notices.scored()),
        Optional.of(new Incident(text, T0, text, List.of(text), steps, List.of(text, text))),
        100,
        problems,
        responses,
        List.of());
  }

  @Test
  void anIncidentSaysWhatBecameOfItItsRulesItsKillChainAndTheResponses() {
    Notices shell = Notices.alert().incident("i1", "upload", "beacon", "shell");
    Told told =
        Told.NOTHING
            .with(new Notice.Scored(shell.scored()))
            .with(
                new Notice.Scored(
                    Notices.alert()
                        .rule("Beacon")
                        .severity(Severity.HIGH)
                        .fingerprint("f2")
                        .repeated(100, T0.plusSeconds(9))
                        .incident("i1", "upload", "beacon", "shell")
                        .score(95)
                        .scored()))
            .with(new Notice.Decided(shell.decided(ResponseOutcome.TAKEN)));

    assertEquals(
        """
        ┌─ #security
        │ Contained · Critical · score 95 of 100 · Terminal shell in container
        │ Now               Done: delete-pod on pod shop/web-1 (uid 11111111-2222-3333-4444-555555555555)\s
        │                   · 2 s after its alert · 2026-01-01T12:00:02Z
        │ Workload          Deployment/web
        │ Pod               shop/web-1
        │ Container         web
        │ Image             registry.example.com/web:1.0
        │ Node              node-a in prod
        │ Process           /bin/bash
        │ Parent process    nginx
        │ User              root
        │ Peer              outbound tcp 203.0.113.9 port 4444
        │ Class and source  runtime falco
        │ Command line      bash -i
        │ 2 kinds of alerts      1 x  falco: Terminal shell in container
        │                      100 x  falco: Beacon
        │ Kill chain        Execution  2026-01-01T12:00:02Z  falco: shell
        │                   Command and Control  2026-01-01T12:00:01Z  falco: beacon
        │                   Impact  2026-01-01T12:00:00Z  falco: upload
        │ Why score 85       +85  the source calls it critical
        │                     85  total
        │ To paste          kubectl -n shop describe pod web-1
        │                   ./cattleguard incident i1
        │ Seen once on one object · first 2026-01-01T12:00:00Z · fingerprint f1 · incident i1 about worklo
        │ ad shop/web in prod
        └─\
        """,
        String.join(
            "\n", SlackPreview.lines(SlackMessage.incident(told, SlackView.PLAIN), "#security")));
  }

  private static ResponseDecided isolated(
      ResponseOutcome outcome, int second, @Nullable Instant leaseUntil) {
    return new ResponseDecided(
            Notices.alert().fingerprint(PROBLEM).incident("i1", "shell").scored(),
            "reverse-shell",
            "isolate-pod",
            "pod shop/web-1 (uid 1111)",
            outcome,
            List.of(),
            "traffic is cut",
            T0.plusSeconds(second),
            leaseUntil)
        .on("1111");
  }

  private static final String PROBLEM = "0123456789abcdef0123456789abcdef";
  private static final SlackView BUTTONS = new SlackView(true, List.of(), Map.of());

  @Test
  void aKillSwitchThatIsOnHasAButtonToTurnItOff() {
    OperatorCommand stop =
        OperatorCommand.of(
            OperatorCommand.Verb.STOP,
            new OperatorCommand.Who("slack:U1", Optional.empty()),
            "wrong pods",
            TestAlerts.AT,
            Optional.of("blue"),
            OperatorCommand.About.DEPLOYMENT);
    List<SlackMessage.Button> on = commandButtons(stop.carriedOut(), BUTTONS);

    assertEquals(List.of("Turn the kill switch off"), on.stream().map(b -> b.text()).toList());
    OperatorCommand pressed =
        CommandButton.read(on.getFirst().value())
            .pressed(new OperatorCommand.Who("slack:U2", Optional.empty()), "over", TestAlerts.AT);
    assertEquals(OperatorCommand.Verb.RESUME, pressed.command());
    assertEquals(Optional.of("blue"), pressed.cluster());
    assertEquals(List.of(), commandButtons(stop.carriedOut(), SlackView.PLAIN));
    assertEquals(List.of(), commandButtons(stop, BUTTONS), "it is not on yet");
    assertEquals(
        List.of(), commandButtons(stop.answered(Optional.of("not allowed")), BUTTONS), "ignored");
  }

  @Test
  void aSilenceOfRespondersHasAButtonThatEndsIt() {
    OperatorCommand silence =
        OperatorCommand.of(
                OperatorCommand.Verb.SILENCE,
                new OperatorCommand.Who("slack:U1", Optional.empty()),
                "load test",
                TestAlerts.AT,
                Optional.empty(),
                OperatorCommand.About.silence(
                    "7a1b2c3d",
                    Optional.of(TestAlerts.AT.plusSeconds(60)),
                    Optional.of("{}"),
                    true))
            .carriedOut();
    List<SlackMessage.Button> on = commandButtons(silence, BUTTONS);

    assertEquals(List.of("End the silence"), on.stream().map(b -> b.text()).toList());
    OperatorCommand pressed =
        CommandButton.read(on.getFirst().value())
            .pressed(new OperatorCommand.Who("slack:U2", Optional.empty()), "over", TestAlerts.AT);
    assertEquals(OperatorCommand.Verb.UNSILENCE, pressed.command());
    assertEquals(Optional.of("7a1b2c3d"), pressed.about().silence());
    assertEquals(List.of(), commandButtons(silence, SlackView.PLAIN));
  }

  private static List<SlackMessage.Button> commandButtons(OperatorCommand command, SlackView view) {
    return SlackMessage.of(new Notice.Commanded(command), view).parts().stream()
        .filter(SlackMessage.Buttons.class::isInstance)
        .flatMap(part -> ((SlackMessage.Buttons) part).buttons().stream())
        .toList();
  }

  private static List<String> buttons(Told told, SlackView view) {
    return SlackMessage.incident(told, view).parts().stream()
        .filter(part -> part instanceof SlackMessage.Buttons)
        .flatMap(part -> ((SlackMessage.Buttons) part).buttons().stream())
        .map(SlackMessage.Button::text)
        .toList();
  }

  private static Told told(ResponseDecided... decided) {
    Told told = Told.NOTHING;
    for (ResponseDecided one : decided) {
      told = told.with(new Notice.Decided(one));
    }
    return told;
  }

  @Test
  void theButtonsAreWhatCanBeDoneNow() {
    List<String> silences = List.of("Silence 1 h", "Silence 24 h", "Silence 14 d");
    ResponseDecided asked =
        isolated(ResponseOutcome.AWAITING_APPROVAL, 1, null)
            .answering(
                new ResponseDecided.Approval(
                    "prod/isolate-pod/1f8a",
                    T0.plusSeconds(900),
                    false,
                    List.of(),
                    null,
                    null,
                    null),
                "waits");
    ResponseDecided taken = isolated(ResponseOutcome.TAKEN, 2, T0.plusSeconds(3_600));
    ResponseDecided released = isolated(ResponseOutcome.RELEASED, 3, null);

    List<String> approval = new ArrayList<>(List.of("Approve isolate-pod", "Reject isolate-pod"));
    approval.addAll(silences);
    List<String> change = new ArrayList<>(List.of("Undo isolate-pod", "Keep 4 h from now"));
    change.addAll(silences);
    assertEquals(approval, buttons(told(asked), BUTTONS));
    assertEquals(change, buttons(told(asked, taken), BUTTONS));
    assertEquals(silences, buttons(told(asked, taken, released), BUTTONS));
    assertEquals(List.of(), buttons(told(asked, taken), SlackView.PLAIN));
  }

  @Test
  void aQuestionThatSomeoneAnsweredHasNoButtons() {
    ResponseDecided answered =
        isolated(ResponseOutcome.AWAITING_APPROVAL, 1, null)
            .answering(
                new ResponseDecided.Approval(
                    "prod/isolate-pod/1f8a", T0, false, List.of(), "a (unix:a)", "yes", "c1"),
                "approved");

    assertEquals(
        List.of("Silence 1 h", "Silence 24 h", "Silence 14 d"), buttons(told(answered), BUTTONS));
  }

  @Test
  void eachButtonCommandsWhatItSays() {
    Told told = told(isolated(ResponseOutcome.TAKEN, 2, T0.plusSeconds(3_600)));
    OperatorCommand.Who who = new OperatorCommand.Who("slack:U0EXAMPLE", Optional.empty());
    List<OperatorCommand> commands =
        SlackMessage.incident(told, BUTTONS).parts().stream()
            .filter(part -> part instanceof SlackMessage.Buttons)
            .flatMap(part -> ((SlackMessage.Buttons) part).buttons().stream())
            .map(button -> CommandButton.read(button.value()).pressed(who, "a test", T0))
            .toList();

    assertEquals(
        List.of(
            OperatorCommand.Verb.UNDO,
            OperatorCommand.Verb.EXTEND,
            OperatorCommand.Verb.SILENCE,
            OperatorCommand.Verb.SILENCE,
            OperatorCommand.Verb.SILENCE),
        commands.stream().map(OperatorCommand::command).toList());
    assertEquals(Optional.of("prod/isolate-pod/1111"), commands.getFirst().about().containment());
    assertEquals(Optional.of("prod"), commands.getFirst().cluster());
    assertEquals(Optional.of("i1"), commands.getFirst().incident());
    assertEquals(Optional.of(T0.plusSeconds(4 * 3_600)), commands.get(1).about().until());
    assertEquals(
        Optional.of("{\"fingerprint\":[\"" + PROBLEM + "\"]}"), commands.get(2).about().match());
    assertFalse(commands.get(2).about().responders());
  }

  @Test
  void severalContainmentsHaveAButtonEachThatNamesItsObject() {
    ResponseDecided one = isolated(ResponseOutcome.TAKEN, 2, T0.plusSeconds(3_600));
    ResponseDecided two =
        new ResponseDecided(
                one.scored(),
                one.playbook(),
                one.action(),
                "pod shop/web-2 (uid 2222)",
                one.outcome(),
                List.of(),
                "traffic is cut",
                T0.plusSeconds(3),
                one.leaseUntil())
            .on("2222");

    List<String> buttons = buttons(told(one, two), BUTTONS);

    assertEquals("Undo isolate-pod on pod shop/web-2 (uid 2222)", buttons.getFirst());
    assertEquals("Undo isolate-pod on pod shop/web-1 (uid 1111)", buttons.get(2));
  }

  @Test
  void theMessageSaysWhenTheLeaseEndsHowFastItWasAndWhereToReadOn() {
    Told told = told(isolated(ResponseOutcome.TAKEN, 2, T0.plusSeconds(3_600)));
    told =
        told.with(
            new Notice.Decided(isolated(ResponseOutcome.EXTENDED, 60, T0.plusSeconds(7_200))));
    SlackView view =
        new SlackView(
            false,
            List.of(new LinkTemplate("Board", "https://board.example.com/i/{incident}")),
            Map.of("reverse-shell", URI.create("https://runbooks.example.com/shell")));

    String message =
        String.join("\n", SlackPreview.lines(SlackMessage.incident(told, view), "#security"))
            .replace("\n│                   ", "");

    for (String part :
        List.of(
            "Contained · Critical",
            "isolate-pod on pod shop/web-1 (uid 1111) · 2 s after its alert · lease ends"
                + " 2026-01-01T14:00:00Z",
            "Runbook reverse-shell: https://runbooks.example.com/shell",
            "Board: https://board.example.com/i/i1",
            "kubectl -n shop describe pod web-1",
            "./cattleguard undo prod/isolate-pod/1111 --reason 'why'")) {
      assertTrue(message.contains(part), part + " in\n" + message);
    }
  }

  @Test
  void aRefusalSaysWhyInTheMessageItself() {
    Told told =
        told(
            Notices.alert().decided(ResponseOutcome.REFUSED, "namespace kube-system is protected"));

    assertTrue(
        String.join("", SlackPreview.lines(SlackMessage.incident(told, BUTTONS), "#security"))
            .contains("Not done, refused: delete-pod"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"web-1;reboot", "$(reboot)", "-rf", "WEB", "'a b'"})
  void aNameThatCouldBeACommandIsNotPasted(String pod) {
    Told told = Told.NOTHING.with(new Notice.Scored(Notices.alert().pod(pod).scored()));

    assertFalse(
        SlackPreview.lines(SlackMessage.incident(told, BUTTONS), "#security").stream()
            .anyMatch(line -> line.contains("kubectl")));
  }

  @Test
  void anAlertSaysWhatWhereHowBadAndWhy() {
    List<Points> reasons =
        List.of(
            new Points(60, "the source calls it critical"),
            new Points(35, "the container is privileged"),
            new Points(-10, "seen on this workload before"));

    String message =
        String.join(
            "\n",
            SlackPreview.lines(
                SlackMessage.alert(
                    Notices.alert().reasons(reasons).repeated(7, T0.plusSeconds(65)).scored()),
                "#security"));

    assertEquals(
        """
        ┌─ #security
        │ Critical · score 85 of 100 · Terminal shell in container
        │ Workload          Deployment/web
        │ Pod               shop/web-1
        │ Container         web
        │ Image             registry.example.com/web:1.0
        │ Node              node-a in prod
        │ Process           /bin/bash
        │ Parent process    nginx
        │ User              root
        │ Peer              outbound tcp 203.0.113.9 port 4444
        │ Class and source  runtime falco
        │ Command line      bash -i
        │ Why score 85       +60  the source calls it critical
        │                    +35  the container is privileged
        │                    -10  seen on this workload before
        │                     85  total
        │ Seen 7 times on one object · first 2026-01-01T12:00:00Z · last 2026-01-01T12:01:05Z · fingerprin
        │ t f1
        └─\
        """,
        message);
  }

  @Test
  void anOutcomeSaysWhatWasDoneOrEveryObjection() {
    String message =
        String.join(
            "\n",
            SlackPreview.lines(
                SlackMessage.outcome(
                    Notices.alert()
                        .decided(
                            ResponseOutcome.REFUSED,
                            "namespace kube-system is protected",
                            "it is the last ready pod")),
                "#security"));

    assertTrue(message.contains("Action refused · delete-pod"), message);
    assertTrue(message.contains("namespace kube-system is protected"), message);
    assertTrue(message.contains("it is the last ready pod"), message);
    assertTrue(message.contains("pod shop/web-1 (uid 1111"), message);
    assertTrue(message.contains("reverse-shell"), message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.cattleguard.route.HostileNotices#texts")
  void hostileTextMovesNoCursorInTheTerminal(String what, String text) {
    everyKind(HostileNotices.everywhere(text), text)
        .flatMap(
            message ->
                SlackPreview.lines(message, text.substring(0, Math.min(9, text.length()))).stream())
        .forEach(
            line -> {
              assertFalse(HIDDEN.matcher(line).find() || line.contains("\n"), line);
              assertTrue(line.codePointCount(0, line.length()) <= 100, line);
            });
  }

  @Test
  void whatIsCutIsSaid() {
    String preview =
        String.join(
            "",
            SlackPreview.lines(
                SlackMessage.alert(Notices.alert().commandLine("A".repeat(1_048_576)).scored()),
                "#security"));

    assertTrue(preview.contains("… [truncated, 1,048,576 characters in total]"), preview);
  }

  @ParameterizedTest(name = "{0} is escaped to {1}")
  @CsvSource({
    "<, &lt;",
    ">, &gt;",
    "&, &amp;",
    "&amp;, &amp;amp;",
    "a'\"b, a'\"b",
    "`, ˋ",
    "ä€, ä€"
  })
  void exactlyWhatSlackWantsIsEscaped(String text, String escaped) {
    assertEquals(escaped, SlackText.escape(text));
  }
}
