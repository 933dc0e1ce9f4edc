package io.cattleguard.app.slack;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.operate.Decision;
import io.cattleguard.operate.Operate;
import io.cattleguard.operate.Report;
import io.cattleguard.operate.ReportLimit;
import io.cattleguard.operate.SocketMessage;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides about people's actions in Slack, as the function operate does in AWS, and puts commands
 * on the road. A command is on disk before the answer to it is known, so that one that was
 * acknowledged is carried out even if the server is killed right afterwards.
 */
final class SlackCommands {
  private static final int REMEMBERED = 1_000;
  private static final int LOGGED = 300;

  private final SlackHost host;
  private final Set<String> teams;
  private final SlackState state;
  private final SlackQuestions questions;
  private final ReportLimit reports = new ReportLimit();

  /** The answers so far. Slack sends a request again if it was acknowledged too late. */
  private final Map<String, Answer> answered =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
          return size() > REMEMBERED;
        }
      };

  SlackCommands(SlackHost host, Set<String> teams, SlackState state) {
    this.host = host;
    this.teams = Set.copyOf(teams);
    this.state = state;
    this.questions = new SlackQuestions(host);
  }

  /**
   * The answer to the user.
   *
   * @param message empty if Slack wants an acknowledgement only
   * @param answerTo where to send it; empty if the acknowledgement contains it
   */
  record Answer(Optional<ObjectNode> message, Optional<URI> answerTo) {
    private static final Answer NONE = new Answer(Optional.empty(), Optional.empty());
  }

  /** Carries out a user's action, once. */
  Answer answer(SocketMessage.Request request, Instant receivedAt) {
    Answer before = answered.get(request.key());
    if (before != null) {
      state.count("repeated");
      return before;
    }
    Decision decision = new Operate(host.operators().get(), teams).decide(request, receivedAt);
    return switch (decision) {
      case Decision.Acknowledged acknowledged -> {
        state.count(acknowledged.counter());
        yield remember(request, Answer.NONE);
      }
      case Decision.Rejected rejected -> {
        state.count(rejected.counter());
        rejected.report().ifPresent(report -> tell(report, receivedAt));
        state.odd(rejected.counter() + ": " + rejected.reason(), receivedAt);
        yield remember(
            request,
            new Answer(
                rejected.told().map(told -> text(told.text())),
                rejected.told().map(Decision.Told::address)));
      }
      case Decision.Answered told -> {
        state.count(told.counter());
        told.refused().ifPresent(refused -> refused(refused, receivedAt));
        yield remember(request, new Answer(Optional.of(text(told.text())), told.answerTo()));
      }
      case Decision.Asked asked -> {
        state.count(asked.counter());
        yield new Answer(
            Optional.of(questions.answer(asked.question(), asked.who())),
            asked.pressed() ? asked.answerTo() : Optional.empty());
      }
      case Decision.Commanded commanded -> {
        boolean published = isPublished(commanded.command());
        state.count(published ? commanded.counter() : "failed");
        Answer answer =
            new Answer(
                Optional.of(text(published ? commanded.text() : Operate.notPublished(commanded))),
                commanded.answerTo());
        yield published ? remember(request, answer) : answer;
      }
    };
  }

  private Answer remember(SocketMessage.Request request, Answer answer) {
    answered.put(request.key(), answer);
    return answer;
  }

  private void refused(Decision.Refused refused, Instant now) {
    host.say()
        .accept(
            "operator      "
                + refused.identity()
                + (refused.isQuestion() ? " may not ask for " : " may not ")
                + refused.command()
                + ": "
                + refused.reason()
                + " (Slack)");
    refused.report().ifPresent(report -> tell(report, now));
  }

  /**
   * Reports an attempt to people, unless they have had enough reports lately. It carries nothing
   * out.
   */
  private void tell(Report report, Instant now) {
    reports
        .admit(report, now)
        .ifPresent(event -> state.count(isPublished(event) ? "reported" : "failed"));
  }

  private boolean isPublished(OperatorCommand command) {
    try {
      host.publisher().accept(command);
    } catch (Unavailable e) {
      host.trouble()
          .accept(
              "a command from Slack was not accepted: "
                  + HostileText.visible(String.valueOf(e.getMessage()), LOGGED));
      return false;
    }
    host.say()
        .accept("operator      " + command.who().identity() + " " + command.write() + " (Slack)");
    return true;
  }

  /** A message that only the user sees. */
  static ObjectNode text(String text) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("response_type", "ephemeral")
        .put("replace_original", false)
        .put("text", text);
  }
}
