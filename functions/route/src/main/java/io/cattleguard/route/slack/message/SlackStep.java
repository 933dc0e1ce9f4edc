package io.cattleguard.route.slack.message;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The next Slack call for a notice, decided from what the channel already shows. */
public sealed interface SlackStep {
  /**
   * Slack allows about 50 chat.update calls per minute and workspace; a count needs no more
   * frequent update.
   */
  Duration BETWEEN_UPDATES = Duration.ofSeconds(30);

  /**
   * After this time a recurring problem is posted as a new message, because an old message is no
   * longer read.
   */
  Duration OLD = Duration.ofHours(24);

  /** Post the problem as a new message. */
  record Post() implements SlackStep {}

  /** Update the message. */
  record Update(Conversation conversation) implements SlackStep {}

  /** Reply in the message's thread. */
  record Reply(Conversation conversation) implements SlackStep {}

  /** Update the message later. */
  record Wait(Duration left) implements SlackStep {}

  /** The channel already shows this or a newer state. */
  record Nothing() implements SlackStep {}

  /**
   * The next step. An outcome without a message needs Post first, and then Reply. An alert that is
   * graver than before is a reply, because Slack sends no notification for an update.
   */
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
        if (accepted.acceptance() == Acceptance.ESCALATED) {
          boolean shown =
              accepted.count() == conversation.count()
                  && accepted.lastAt().equals(conversation.lastAt());
          yield shown ? new Nothing() : old ? new Post() : new Reply(conversation);
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
