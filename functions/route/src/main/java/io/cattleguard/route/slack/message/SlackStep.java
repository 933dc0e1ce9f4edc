package io.cattleguard.route.slack.message;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
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
   * This long after it was posted, an incident that continues is posted as a new message, because
   * an old message is no longer read. Updates do not make a message younger.
   */
  Duration OLD = Duration.ofHours(24);

  /**
   * Post the incident as a new message.
   *
   * @param told what the message shows
   */
  record Post(Told told) implements SlackStep {}

  /** Update the message so that it shows that. */
  record Update(Conversation conversation, Told told) implements SlackStep {}

  /**
   * Reply in the message's thread, then update the message.
   *
   * @param isBroadcast whether the channel shows the reply too, which notifies people
   */
  record Reply(Conversation conversation, Told told, boolean isBroadcast) implements SlackStep {}

  /** Update the message later. */
  record Wait(Duration left) implements SlackStep {}

  /** The channel already shows this or a newer state. */
  record Nothing() implements SlackStep {}

  /**
   * The next step. An outcome without a message needs Post first, and then Reply. Slack sends no
   * notification of an update, so more severe news is a reply that the channel shows.
   */
  static SlackStep next(Notice.About notice, Optional<Conversation> known, Instant now) {
    if (known.isEmpty()) {
      return post(Told.NOTHING, notice);
    }
    Conversation conversation = known.get();
    Told before = conversation.told();
    Told after = before.with(notice);
    ScoredAlert scored = notice.scored();
    AcceptedAlert accepted = scored.accepted();
    // A problem that is an incident of its own may open again, a year later.
    if (scored.isOwnIncident() && accepted.firstAt().isAfter(conversation.lastAt())) {
      return post(Told.NOTHING, notice);
    }
    boolean hasReply = before.replies().contains(replyId(notice));
    boolean changes = conversation.isStale() || !after.looksLike(before);
    return switch (notice) {
      case Notice.Decided decided ->
          hasReply
              ? changed(conversation, after, changes, now)
              : new Reply(
                  conversation,
                  after,
                  decided.decided().outcome() == ResponseOutcome.FAILED
                      // The outcome may come before its alert.
                      || before.isGraveNews(scored));
      case Notice.Scored ignored -> {
        boolean late = scored.isOwnIncident() && accepted.lastAt().isBefore(conversation.lastAt());
        boolean graver = (before.isGraver(scored) || before.isGraveNews(scored)) && !late;
        boolean news = !hasReply && (graver || !before.knows(scored));
        boolean old = now.isAfter(conversation.postedAt().plus(OLD));
        if (old && (changes || news) && !late) {
          yield post(before, notice);
        }
        if (news) {
          yield new Reply(conversation, after, graver);
        }
        yield late ? new Nothing() : changed(conversation, after, changes, now);
      }
    };
  }

  /** The new message is the alert's own; an outcome still needs a reply. */
  private static Post post(Told before, Notice.About notice) {
    Told told = before.with(notice);
    return new Post(
        switch (notice) {
          case Notice.Scored ignored -> told.replied(replyId(notice));
          case Notice.Decided ignored -> told;
        });
  }

  private static SlackStep changed(
      Conversation conversation, Told after, boolean changes, Instant now) {
    if (!changes) {
      return new Nothing();
    }
    Duration left = Duration.between(now, conversation.shownAt().plus(BETWEEN_UPDATES));
    return left.isPositive() ? new Wait(left) : new Update(conversation, after);
  }

  /** Recognises the notice among those that have a reply. */
  static String replyId(Notice notice) {
    return Fingerprint.hash(notice.id()).substring(0, 12);
  }
}
