package io.cattleguard.operate.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPResponse;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import io.cattleguard.events.operator.QuestionAsked;
import io.cattleguard.operate.Decision;
import io.cattleguard.operate.Operate;
import io.cattleguard.operate.Report;
import io.cattleguard.operate.ReportLimit;
import io.cattleguard.operate.SlackRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The Lambda function operate, behind an HTTP API: receives users' actions in Slack, and publishes
 * them as commands. It may do nothing else.
 */
public final class OperateHandler implements RequestStreamHandler {
  /** A payload quotes the message with its blocks; those of Cattleguard are far smaller. */
  static final int LARGEST_BODY = 256 << 10;

  /** Slack waits for three seconds and then tells the user that the app did not answer. */
  private static final Duration DEADLINE = Duration.ofMillis(2_600);

  /** Two attempts, and a tenth of a second between them. */
  private static final Duration PUBLISHING = Duration.ofMillis(750);

  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(1);
  private static final Duration SHORTEST_ANSWER = Duration.ofMillis(100);
  private static final String SIGNATURE = "x-slack-signature";
  private static final String TIMESTAMP = "x-slack-request-timestamp";
  private static final String RETRY = "x-slack-retry-num";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private final Operate operate;
  private final SigningSecret secret;
  private final EventPublisher publisher;
  private final Answers answers;
  private final ReportLimit reports = new ReportLimit();
  private final InstantSource clock;

  /**
   * Wires the function from {@code BUS_NAME}, {@code POLICY_DIRECTORY}, {@code SIGNING_SECRET_ARN}
   * and {@code SLACK_TEAMS}.
   */
  public OperateHandler() {
    this(new Env(), Clock.systemUTC());
  }

  OperateHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(
        env,
        () -> {
          byte[] request = OperateRehearsal.request();
          return () -> rehearse(request);
        });
  }

  private OperateHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        operate(env),
        new StoredSigningSecret(aws, env.required("SIGNING_SECRET_ARN")),
        EventBridgePublisher.hurried(aws, env.required("BUS_NAME"), PUBLISHING),
        new HttpAnswers(),
        clock);
  }

  OperateHandler(
      Operate operate,
      SigningSecret secret,
      EventPublisher publisher,
      Answers answers,
      InstantSource clock) {
    this.operate = operate;
    this.secret = secret;
    this.publisher = publisher;
    this.answers = answers;
    this.clock = clock;
  }

  private static Operate operate(Env env) {
    Operators operators =
        Operators.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY"))));
    Set<String> teams = new HashSet<>();
    env.optional("SLACK_TEAMS").ifPresent(list -> teams.addAll(List.of(list.split(","))));
    return new Operate(operators, teams);
  }

  private static void rehearse(byte[] request) {
    OperateHandler handler =
        new OperateHandler(
            new Operate(OperateRehearsal.OPERATORS, Set.of()),
            new StoredSigningSecret(Rehearsal.aws(), "rehearsal"),
            Rehearsal.publisher(),
            (address, text, patience) -> true,
            () -> Rehearsal.AT);
    try {
      handler.handle(request, OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new IllegalStateException("memory was not read", e);
    }
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    handle(input.readAllBytes(), output);
  }

  private void handle(byte[] event, OutputStream output) throws IOException {
    JSON.writeValue(output, answer(JSON.readValue(event, APIGatewayV2HTTPEvent.class)));
  }

  /** A request, and its counter. */
  private final class Turn {
    private final Instant began = clock.instant();
    private final Map<String, Long> counts = new HashMap<>(Map.of("received", 1L));

    void count(String counter) {
      counts.merge(counter, 1L, Long::sum);
    }

    Duration left() {
      return DEADLINE.minus(Duration.between(began, clock.instant()));
    }

    void report() {
      StructuredLog.counts("operate", began.toEpochMilli(), counts);
    }
  }

  APIGatewayV2HTTPResponse answer(APIGatewayV2HTTPEvent event) {
    Turn turn = new Turn();
    try {
      return answer(event, turn);
    } catch (Unavailable e) {
      turn.count("failed");
      StructuredLog.error("a request cannot be checked, so nothing is published", e);
      return response(503, "text/plain", "cannot check requests now");
    } finally {
      turn.report();
    }
  }

  private APIGatewayV2HTTPResponse answer(APIGatewayV2HTTPEvent event, Turn turn) {
    Map<String, String> headers = lowerCase(event.getHeaders());
    if (isCertificateCheck(event)) {
      turn.count("ignored");
      return response(200, "text/plain", "");
    }
    String sent = event.getBody() == null ? "" : event.getBody();
    if (sent.length() > (event.getIsBase64Encoded() ? LARGEST_BODY / 3 * 4 : LARGEST_BODY)) {
      return rejected(event, new Decision.Rejected(413, "unsigned", "too large"), turn);
    }
    Optional<String> body = event.getIsBase64Encoded() ? decoded(sent) : Optional.of(sent);
    if (body.isEmpty()) {
      return rejected(event, new Decision.Rejected(400, "unsigned", "not base64"), turn);
    }
    SlackRequest request =
        new SlackRequest(
            headers.getOrDefault(TIMESTAMP, ""), headers.getOrDefault(SIGNATURE, ""), body.get());
    if (headers.containsKey(RETRY)) {
      // The command has the same id, so a command that arrived before is not given twice.
      turn.count("retried");
    }
    Decision decision =
        operate.decide(request, request.isSigned() ? secret.read(turn.began) : "", turn.began);
    return switch (decision) {
      case Decision.Rejected rejected -> {
        tell(rejected.report(), turn);
        rejected.told().ifPresent(told -> send(told.address(), ephemeral(told.text()), turn));
        yield rejected(event, rejected, turn);
      }
      case Decision.Acknowledged acknowledged -> {
        turn.count(acknowledged.counter());
        yield response(200, "text/plain", "");
      }
      case Decision.Answered answered -> {
        turn.count(answered.counter());
        answered.refused().ifPresent(OperateHandler::log);
        tell(answered.refused().flatMap(Decision.Refused::report), turn);
        yield told(answered.text(), answered.answerTo(), turn);
      }
      case Decision.Asked asked -> {
        boolean published = asked.event().filter(this::isPublished).isPresent();
        turn.count(published ? asked.counter() : "failed");
        yield asked.pressed() && published
            ? response(200, "text/plain", "") // the answer is all that the user needs
            : told(
                Operate.asked(asked, published),
                asked.pressed() ? asked.answerTo() : Optional.empty(),
                turn);
      }
      case Decision.Commanded commanded -> {
        boolean published = isPublished(commanded.command());
        turn.count(published ? commanded.counter() : "failed");
        yield told(
            published ? commanded.text() : Operate.notPublished(commanded),
            commanded.answerTo(),
            turn);
      }
    };
  }

  /**
   * Reports an attempt to people, unless they have had enough reports lately. It carries nothing
   * out.
   */
  private void tell(Optional<Report> report, Turn turn) {
    report
        .flatMap(one -> reports.admit(one, turn.began))
        .ifPresent(event -> turn.count(isPublished(event) ? "reported" : "failed"));
  }

  /** The address of the answer is a secret and not logged: any holder can post an answer. */
  private boolean isPublished(QuestionAsked asked) {
    boolean published =
        isPublished(DetailType.QUESTION_ASKED, asked.askedAt(), asked.write(), asked.id());
    StructuredLog.info(
        published ? "published a question" : "the bus did not accept a question",
        "id",
        asked.id(),
        "question",
        asked.question().kind().jsonName(),
        "who",
        asked.who().identity());
    return published;
  }

  private boolean isPublished(DetailType type, Instant at, ObjectNode detail, String id) {
    try {
      return publisher
          .publish(List.of(new BusEvent(OperatorSource.OPERATE, type, at, detail)))
          .isEmpty();
    } catch (RuntimeException e) {
      StructuredLog.error("the bus did not accept an event", e, "id", id);
      return false;
    }
  }

  private boolean isPublished(OperatorCommand command) {
    boolean published =
        isPublished(
            DetailType.OPERATOR_COMMAND, command.observedAt(), command.write(), command.id());
    StructuredLog.info(
        !published
            ? "the bus did not accept a command"
            : command.isOpen() ? "published a command" : "reported an attempt to people",
        "id",
        command.id(),
        "command",
        command.command().jsonName(),
        "who",
        command.who().identity());
    return published;
  }

  private static void log(Decision.Refused refused) {
    StructuredLog.info(
        refused.isQuestion() ? "refused a question" : "refused a command",
        refused.isQuestion() ? "question" : "command",
        refused.command(),
        "who",
        refused.identity(),
        "reason",
        refused.reason());
  }

  /** The answer to an unverified client reveals as little as possible. */
  private static APIGatewayV2HTTPResponse rejected(
      APIGatewayV2HTTPEvent event, Decision.Rejected rejected, Turn turn) {
    turn.count(rejected.counter());
    if (!rejected.counter().equals("unsigned")) {
      StructuredLog.info(
          "rejected a request",
          "counter",
          rejected.counter(),
          "reason",
          rejected.reason(),
          "sourceIp",
          sourceIp(event));
    }
    return response(rejected.status(), "text/plain", "rejected");
  }

  private static String sourceIp(APIGatewayV2HTTPEvent event) {
    return event.getRequestContext() == null || event.getRequestContext().getHttp() == null
        ? "unknown"
        : String.valueOf(event.getRequestContext().getHttp().getSourceIp());
  }

  /** Slack reads the body after a slash command, and ignores it after a press of a button. */
  private APIGatewayV2HTTPResponse told(String text, Optional<URI> answerTo, Turn turn) {
    String json = ephemeral(text);
    answerTo.ifPresent(address -> send(address, json, turn));
    return response(200, "application/json", json);
  }

  private static String ephemeral(String text) {
    ObjectNode json = JSON.createObjectNode();
    json.put("response_type", "ephemeral").put("replace_original", false).put("text", text);
    return json.toString();
  }

  private void send(URI address, String json, Turn turn) {
    Duration left = turn.left();
    Duration patience = left.compareTo(LONGEST_ANSWER) < 0 ? left : LONGEST_ANSWER;
    if (patience.compareTo(SHORTEST_ANSWER) < 0 || !answers.send(address, json, patience)) {
      turn.count("unanswered");
    }
  }

  /** Slack checks the certificate of a slash command's address without a signature. */
  private static boolean isCertificateCheck(APIGatewayV2HTTPEvent event) {
    return event.getRequestContext() != null
        && event.getRequestContext().getHttp() != null
        && "GET".equals(event.getRequestContext().getHttp().getMethod())
        && event.getQueryStringParameters() != null
        && "1".equals(event.getQueryStringParameters().get("ssl_check"));
  }

  private static Optional<String> decoded(String body) {
    try {
      return Optional.of(new String(Base64.getDecoder().decode(body), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> lowerCase(Map<String, String> headers) {
    Map<String, String> lower = new HashMap<>();
    if (headers != null) {
      headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    }
    return lower;
  }

  private static APIGatewayV2HTTPResponse response(int status, String type, String body) {
    return APIGatewayV2HTTPResponse.builder()
        .withStatusCode(status)
        .withHeaders(Map.of("content-type", type + "; charset=utf-8", "cache-control", "no-store"))
        .withBody(body)
        .build();
  }
}
