package io.cattleguard.operate;

import io.cattleguard.events.operator.OperatorCommand;
import java.net.URI;
import java.util.Optional;

/** What becomes of a request. */
public sealed interface Decision {
  /** How the request is counted. */
  String counter();

  /** Slack wants an acknowledgement and nothing else, for example of a link. */
  record Acknowledged() implements Decision {
    @Override
    public String counter() {
      return "ignored";
    }
  }

  /**
   * It is not from Slack, or not readable, so nobody is there to be told.
   *
   * @param status the HTTP status
   * @param reason for the log; quotes nothing of the request
   * @param report for the people who are told of attempts, if it is known who tried what
   */
  record Rejected(int status, String counter, String reason, Optional<Report> report)
      implements Decision {
    /** Of which nobody knows who tried what. */
    public Rejected(int status, String counter, String reason) {
      this(status, counter, reason, Optional.empty());
    }
  }

  /**
   * Nothing is published, and the user is told why.
   *
   * @param text for the user, as Slack's mrkdwn
   * @param answerTo where to send it; empty if the response says it
   * @param refused what a user may not command; empty if it was help or a mistake
   */
  record Answered(String text, Optional<URI> answerTo, Optional<Refused> refused)
      implements Decision {
    @Override
    public String counter() {
      return refused.isPresent() ? "refused" : "answered";
    }
  }

  /**
   * Who may not command what.
   *
   * @param reason for the log
   * @param report for the people who are told of attempts; empty if it would have changed nothing
   */
  record Refused(String identity, String command, String reason, Optional<Report> report) {}

  /**
   * A question of a user who may command something.
   *
   * @param answerTo where to send the answer; empty if the response says it
   */
  record Asked(Question question, OperatorCommand.Who who, Optional<URI> answerTo)
      implements Decision {
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
