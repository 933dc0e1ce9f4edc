package io.cattleguard.answer.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.answer.Answers;
import io.cattleguard.answer.Listings;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.deduplicate.silence.HidingRecords;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.QuestionAsked;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.slack.SlackEphemeral;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The Lambda function answer: reads questions of people in Slack, looks the answer up, and sends it
 * to the address that Slack gave for it. It changes nothing, and holds no secret.
 */
public final class AnswerHandler extends BatchHandler {
  /** How old a question may be. Slack takes an answer for half an hour. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration SLACKS_PATIENCE = Duration.ofMinutes(30);
  private static final int REMEMBERED = 1_000;

  /** A record is only read here, so the time for which it is kept is not used. */
  private static final Duration UNUSED = Duration.ofDays(1);

  private static final String LATE =
      "Your question was not answered within " + PATIENCE.toMinutes() + " min; ask again.";

  private final Answers answers;
  private final Operators operators;
  private final Replies replies;
  private final InstantSource clock;

  /**
   * The ids of questions that this instance is done with: the bus and SQS may deliver one twice.
   */
  private final Map<String, Boolean> done =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * Wires the function from {@code INCIDENTS_TABLE}, {@code LEDGER_TABLE}, {@code SIGHTINGS_TABLE}
   * and {@code POLICY_DIRECTORY}.
   */
  public AnswerHandler() {
    this(new Env(), Clock.systemUTC());
  }

  AnswerHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, AnswerHandler.class, "question-asked.json", AnswerHandler::rehearsed);
  }

  private AnswerHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        answers(
            new DynamoIncidents(aws, env.required("INCIDENTS_TABLE"), UNUSED),
            new DynamoTable(aws, env.required("LEDGER_TABLE")),
            new DynamoTable(aws, env.required("SIGHTINGS_TABLE")),
            Path.of(env.required("POLICY_DIRECTORY"))),
        Operators.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY")))),
        new HttpReplies(),
        clock);
  }

  AnswerHandler(Answers answers, Operators operators, Replies replies, InstantSource clock) {
    this.answers = answers;
    this.operators = operators;
    this.replies = replies;
    this.clock = clock;
  }

  private static AnswerHandler rehearsed() {
    return new AnswerHandler(
        answers(
            new DynamoIncidents(Rehearsal.aws(), "rehearsal", UNUSED),
            Rehearsal.table(),
            Rehearsal.table(),
            Path.of("rehearsal")),
        new Operators(
            Map.of(OperatorCommand.Verb.UNDO, List.of(new IdentityPattern("slack:U0EXAMPLE")))),
        (address, json) -> Replies.Reply.TAKEN,
        () -> Rehearsal.AT);
  }

  /** Caches nothing: reads the tables, or the policy's models, for each question. */
  static Answers answers(
      DynamoIncidents incidents, VersionedTable ledger, VersionedTable sightings, Path policy) {
    return new Answers(
        incidents,
        now -> Listings.contained(new Operations(StoredLedger.in(ledger))),
        now ->
            Listings.silences(
                new StoredSilences(sightings, Duration.ZERO),
                new HidingRecords(
                    sightings, sentence -> StructuredLog.info("silences", "note", sentence)),
                now),
        (entry, now) -> DeviationPatch.in(policy, entry, now));
  }

  /** The result of a question; its name is that of its counter. */
  private enum Fate {
    ANSWERED,
    REPEATED,
    REFUSED,
    LATE,
    UNREADABLE,
    UNANSWERED;

    private String counter() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Instant now = clock.instant();
    Map<String, Long> books = new LinkedHashMap<>();
    books.put("received", (long) messages.size());
    for (Fate fate : Fate.values()) {
      books.put(fate.counter(), 0L);
    }
    Set<String> failed =
        each(messages, message -> books.merge(handled(message, now).counter(), 1L, Long::sum));
    books.put("failed", (long) failed.size());
    StructuredLog.counts("answer", now.toEpochMilli(), books);
    return failed;
  }

  /** Throws if Slack cannot be reached, so that SQS delivers the question again. */
  private Fate handled(Message message, Instant now) {
    QuestionAsked asked = read(message);
    if (done.containsKey(asked.id())) {
      return Fate.REPEATED;
    }
    Fate fate = answered(asked, now);
    done.put(asked.id(), true);
    StructuredLog.info(
        "a question from Slack",
        "id",
        asked.id(),
        "question",
        asked.question().kind().jsonName(),
        "who",
        asked.who().identity(),
        "outcome",
        fate.counter());
    return fate;
  }

  private static QuestionAsked read(Message message) {
    JsonNode event;
    try {
      event = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!event.path("detail-type").asText().equals(DetailType.QUESTION_ASKED.wireName())) {
      throw new ContractViolation("detail-type: no question");
    }
    return QuestionAsked.read(event.path("source").asText(), event.path("detail"));
  }

  private Fate answered(QuestionAsked asked, Instant now) {
    Duration age = Duration.between(asked.askedAt(), now).abs();
    if (age.compareTo(SLACKS_PATIENCE) > 0) {
      return Fate.LATE;
    }
    if (age.compareTo(PATIENCE) > 0) {
      // The last attempt: whether Slack takes it or not, the question is not answered.
      replies.send(asked.answerTo(), SlackEphemeral.json(LATE));
      return Fate.LATE;
    }
    if (!operators.allowAnything(asked.who().identity())) {
      return sent(
          asked,
          SlackEphemeral.json(
              "Nothing is shown: operators in policy/settings.yaml do not allow you to give"
                  + " commands."),
          Fate.REFUSED);
    }
    String answer;
    try {
      answer = SlackEphemeral.json(answers.answer(asked.question(), now));
    } catch (RuntimeException e) {
      StructuredLog.error("a question cannot be answered", e, "id", asked.id());
      return sent(asked, SlackEphemeral.json(Answers.UNREADABLE), Fate.UNREADABLE);
    }
    return sent(asked, answer, Fate.ANSWERED);
  }

  private Fate sent(QuestionAsked asked, String json, Fate fate) {
    return switch (replies.send(asked.answerTo(), json)) {
      case TAKEN -> fate;
      case REFUSED -> Fate.UNANSWERED;
      case AGAIN -> throw new Unavailable("Slack did not take the answer; it is sent again");
    };
  }
}
