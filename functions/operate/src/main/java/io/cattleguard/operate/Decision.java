package io.cattleguard.operate;

import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.Question;
import io.cattleguard.events.operator.QuestionAsked;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/** The decision about a request. */
public sealed interface Decision {
  /** The counter of the request. */
  String counter();

  /** Slack wants an acknowledgement and nothing else, for example of a link. */
  record Acknowledged() implements Decision {
    @Override
    public String counter() {
      return "ignored";
    }
  }

  /**
   * The request is not from Slack, not readable, or late.
   *
   * @param status the HTTP status
   * @param reason for the log; quotes nothing of the request
   * @param report for the people who receive reports of attempts, if it is known who tried what
   * @param told the answer to a user whose button press came late; empty if there is no user to
   *     tell
   */
  record Rejected(
      int status, String counter, String reason, Optional<Report> report, Optional<Told> told)
      implements Decision {
    /** A rejection without a known person and command. */
    public Rejected(int status, String counter, String reason) {
      this(status, counter, reason, Optional.empty(), Optional.empty());
    }
  }

  /**
   * A text that only the user sees.
   *
   * @param text as Slack's mrkdwn
   * @param address where Slack takes it
   */
  record Told(String text, URI address) {}

  /**
   * Nothing is published, and the answer to the user says why.
   *
   * @param text for the user, as Slack's mrkdwn
   * @param answerTo where to send it; empty if the response says it
   * @param refused what a user may not command or ask; empty if it was help or a mistake
   */
  record Answered(String text, Optional<URI> answerTo, Optional<Refused> refused)
      implements Decision {
    @Override
    public String counter() {
      return refused
          .map(one -> one.isQuestion() ? "questionsRefused" : "refused")
          .orElse("answered");
    }
  }

  /**
   * A command or question that the person may not give.
   *
   * @param command or the question
   * @param isQuestion whether it is a question, so that no alarm is raised
   * @param reason for the log
   * @param report for the people who receive reports of attempts; empty if it would have changed
   *     nothing
   */
  record Refused(
      String identity,
      String command,
      boolean isQuestion,
      String reason,
      Optional<Report> report) {}

  /**
   * A question of a user who may give at least one command.
   *
   * @param at when it was asked
   * @param answerTo where Slack takes an answer later than the response; empty if Slack named no
   *     address of its own
   * @param pressed whether a button asked, so that Slack ignores the response
   */
  record Asked(
      Question question,
      OperatorCommand.Who who,
      Instant at,
      Optional<URI> answerTo,
      boolean pressed)
      implements Decision {
    /** The event of the question; empty without an address for the answer. */
    public Optional<QuestionAsked> event() {
      return answerTo.map(address -> QuestionAsked.of(question, who, at, address));
    }

    @Override
    public String counter() {
      return "asked";
    }
  }

  /**
   * A command to publish.
   *
   * @param text for the user once it is published, as Slack's mrkdwn
   * @param answerTo where to send it; empty if the response says it
   */
  record Commanded(OperatorCommand command, String text, Optional<URI> answerTo)
      implements Decision {
    @Override
    public String counter() {
      return "published";
    }
  }
}
