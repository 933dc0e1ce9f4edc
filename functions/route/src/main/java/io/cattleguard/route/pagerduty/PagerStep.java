package io.cattleguard.route.pagerduty;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a notice does to the pages of its incident.
 *
 * <p>PagerDuty notifies nobody of an event for an acknowledged incident. So graver news after an
 * acknowledgement, and anything after a resolution, has the next key: {@code <incident>/2}.
 *
 * @param key the key of the page that the events are about
 * @param events what is sent, in order
 * @param told what is known of the incident afterwards, and of its pages
 */
record PagerStep(String key, List<PagerEvent.Action> events, Told told) {
  /** Marks of pages, kept with what is known of the incident. */
  private static final String CLOSED = "closed ";

  private static final String RESOLVED = "resolved ";
  private static final int PAGES = 50;

  /** Copies the events. */
  PagerStep {
    events = List.copyOf(events);
  }

  /** Why nobody is paged of such an alert, whatever the routes say; empty if people are. */
  static Optional<String> whyNot(Notice.About notice) {
    if (!notice.scored().alert().isReal()) {
      return Optional.of("a sample or a replayed alert pages nobody");
    }
    AlertClass alertClass = notice.scored().alert().alertClass();
    return alertClass == AlertClass.CONFIGURATION || alertClass == AlertClass.VULNERABILITY
        ? Optional.of("a pager gets no finding that developers fix")
        : Optional.empty();
  }

  /** The next step. */
  static PagerStep next(Notice.About notice, Optional<Conversation> known) {
    Told before = known.map(Conversation::told).orElse(Told.NOTHING);
    Told after = before.with(notice);
    String first = PagerEvent.key(notice);
    String key =
        known.map(Conversation::messageId).filter(id -> id.startsWith(first)).orElse(first);
    boolean isClosed = before.replies().contains(CLOSED + key);
    boolean isResolved = before.replies().contains(RESOLVED + key);
    boolean isNews = isResolved || isNews(notice, before);
    Told.State state = after.state();
    if (notice instanceof Notice.Decided && known.isPresent()) {
      if (state == Told.State.CONTAINED) {
        return isClosed
            ? new PagerStep(key, List.of(), after)
            : new PagerStep(
                key, List.of(PagerEvent.Action.ACKNOWLEDGE), after.replied(CLOSED + key));
      }
      if (state == Told.State.RELEASED) {
        return isResolved
            ? new PagerStep(key, List.of(), after)
            : new PagerStep(
                key,
                List.of(PagerEvent.Action.RESOLVE),
                after.replied(CLOSED + key).replied(RESOLVED + key));
      }
    }
    if (isClosed && isNews) {
      return new PagerStep(following(first, key), List.of(PagerEvent.Action.TRIGGER), after);
    }
    boolean isContained = notice instanceof Notice.Decided && state == Told.State.CONTAINED;
    return isContained
        ? new PagerStep(
            key,
            List.of(PagerEvent.Action.TRIGGER, PagerEvent.Action.ACKNOWLEDGE),
            after.replied(CLOSED + key))
        : new PagerStep(key, List.of(PagerEvent.Action.TRIGGER), after);
  }

  /** Whether people must hear of it although the incident was contained. */
  private static boolean isNews(Notice.About notice, Told before) {
    return switch (notice) {
      case Notice.Scored one ->
          before.isGraver(one.scored())
              || before.isGraveNews(one.scored())
              || (one.scored().accepted().acceptance() == Acceptance.SPREAD
                  && !isAnswered(one.scored(), before));
      case Notice.Decided one -> isNews(one.decided().outcome());
    };
  }

  /** The outcome of a response may come before its alert. */
  private static boolean isAnswered(ScoredAlert scored, Told before) {
    Instant at = scored.alert().observedAt();
    return before.responses().stream()
        .anyMatch(one -> one.alertAt().equals(at == null ? scored.accepted().lastAt() : at));
  }

  private static boolean isNews(ResponseOutcome outcome) {
    return switch (outcome) {
      case FAILED, REFUSED, AWAITING_APPROVAL, REQUESTED -> true;
      case TAKEN, EXTENDED, OBSERVED, RELEASED -> false;
    };
  }

  /** The key of the next page, bounded. */
  private static String following(String first, String key) {
    String number = key.length() > first.length() ? key.substring(first.length() + 1) : "1";
    int page = number.matches("[0-9]{1,3}") ? Integer.parseInt(number) : 1;
    return first + "/" + Math.min(PAGES, page + 1);
  }
}
