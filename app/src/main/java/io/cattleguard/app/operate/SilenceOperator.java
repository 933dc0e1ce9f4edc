package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.Listings;
import io.cattleguard.answer.SilenceText;
import io.cattleguard.deduplicate.silence.HidingRecords;
import io.cattleguard.deduplicate.silence.HidingWords;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.RecentProblems.Recent;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Severity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Carries out requests about silences in deduplicate's table. */
public final class SilenceOperator {
  /** The field of a result that says in words what a silence covers. */
  static final String COVERS = "covers";

  private static final int SHOWN = 20;

  private final StoredSilences silences;
  private final RecentProblems recents;
  private final HidingRecords records;
  private final InstantSource clock;

  /** Uses deduplicate's table. */
  public SilenceOperator(VersionedTable sightings, InstantSource clock) {
    this.silences = new StoredSilences(sightings, Duration.ZERO);
    this.recents = new RecentProblems(sightings);
    this.records = new HidingRecords(sightings, sentence -> {});
    this.clock = clock;
  }

  /** Carries out a request. */
  public OperatorReply ask(SilenceRequest request) {
    Instant now = clock.instant();
    try {
      return switch (request) {
        case SilenceRequest.All all -> OperatorReply.of(Listings.silences(silences, records, now));
        case SilenceRequest.Set set -> set(set, now);
        case SilenceRequest.End end -> end(end.id(), now);
      };
    } catch (IllegalArgumentException e) {
      return OperatorReply.failed(String.valueOf(e.getMessage()));
    }
  }

  private OperatorReply end(String id, Instant now) {
    return silences
        .remove(id, now)
        .map(
            silence ->
                OperatorReply.of(
                    "silence "
                        + id
                        + " has ended: people are notified again"
                        + (silence.responders() ? ", and responders act again." : "."),
                    silence
                        .toJson()
                        .put("active", false)
                        .put(COVERS, HidingWords.covers(silence, recents))))
        .orElseGet(
            () ->
                OperatorReply.failed("no silence " + id + " is active. Try: cattleguard silences"));
  }

  private OperatorReply set(SilenceRequest.Set request, Instant now) {
    List<Recent> known = recents.all();
    Silence silence =
        silence(request, request.upTo().orElseGet(() -> recents.ceiling(request.match())), now);
    List<Recent> matching =
        known.stream().filter(recent -> silence.when().matches(recent.event())).toList();
    List<Recent> hidden =
        matching.stream().filter(recent -> !silence.isBelow(recent.severity())).toList();
    if (!request.dryRun()) {
      silences.add(silence, now);
    }
    List<OperatorReply.Result> results = new ArrayList<>();
    ObjectNode object = silence.toJson().put("set", !request.dryRun());
    object.put("recentProblems", known.size()).put("hidden", hidden.size());
    object.put(COVERS, HidingWords.covers(silence, known));
    results.add(
        new OperatorReply.Result(
            (request.dryRun() ? "would be set: " : "") + SilenceText.line(silence, now), object));
    for (Recent recent : hidden.subList(0, Math.min(SHOWN, hidden.size()))) {
      results.add(
          new OperatorReply.Result(
              "  hides " + SilenceText.line(recent), SilenceText.json(recent)));
    }
    return new OperatorReply(
        true, results, Optional.of(summary(silence, known.size(), hidden.size(), matching.size())));
  }

  private static Silence silence(SilenceRequest.Set request, Severity upTo, Instant now) {
    return Silence.of(
        request.match(),
        request.order().by(),
        request.order().reason(),
        now,
        request.until(),
        upTo,
        request.responders(),
        request.all());
  }

  private static String summary(Silence silence, int known, int hidden, int matching) {
    String hides =
        "It hides " + (hidden == 0 ? "none" : hidden) + " of " + known + " recent problems";
    int graver = matching - hidden;
    return graver == 0
        ? hides + "."
        : hides
            + ". "
            + graver
            + (graver == 1 ? " other matches and is" : " others match and are")
            + " more severe than "
            + silence.upTo().jsonName()
            + ", so people are notified of it; to hide it too: --up-to critical";
  }
}
