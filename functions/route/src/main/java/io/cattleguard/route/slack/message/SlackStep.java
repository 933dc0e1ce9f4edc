package io.cattleguard.route.slack.message;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What to do in Slack about a notice, given what people see already; decided without touching it.
 */
public sealed interface SlackStep {
  /** Slack's chat.update allows some 50 a minute in a workspace; a count is not worth more. */
  Duration BETWEEN_UPDATES = Duration.ofSeconds(30);

  /**
   * Nobody looks at a message of yesterday: a problem that comes back after this is posted anew.
   */
  Duration OLD = Duration.ofHours(24);

  /** Post the problem as a new message. */
  record Post() implements SlackStep {}

  /** Bring the message up to date. */
  record Update(Conversation conversation) implements SlackStep {}

  /** Reply in the message's thread. */
  record Reply(Conversation conversation) implements SlackStep {}

  /** Bring it up to date, but not so soon. */
  record Wait(Duration left) implements SlackStep {}

  /** People see this already, or more. */
  record Nothing() implements SlackStep {}

  /** The step that is next. An outcome without a message is Post first, and then Reply. */
  static SlackStep next(Notice notice, Optional<Conversation> known, Instant now) {
    AcceptedAlert accepted = notice.scored().accepted();
    if (known.isEmpty()) {
      return new Post();
    }
    Conversation conversation = known.get();
    boolean another = accepted.firstAt().isAfter(conversation.lastAt());
    boolean older = accepted.lastAt().isBefore(conversation.lastAt());
    boolean old = now.isAfter(conversation.shownAt().plus(OLD));
    return switch (notice) {
      case Notice.Decided ignored -> another ? new Post() : new Reply(conversation);
      case Notice.Scored ignored -> {
        if (another) {
          yield new Post();
        }
        if (older || accepted.count() <= conversation.count()) {
          yield new Nothing();
        }
        if (old) {
          yield new Post();
        }
        Duration left = Duration.between(now, conversation.shownAt().plus(BETWEEN_UPDATES));
        yield left.isPositive() ? new Wait(left) : new Update(conversation);
      }
    };
  }
}
