package io.cattleguard.app.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Deviation;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Workload;
import io.cattleguard.sources.recording.RecordedEvent;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds what deviates from models in recorded events, alerts or not, within a limit. */
public final class RecordedDeviations {
  /** Maximum number of different deviations; further ones are only counted. */
  private static final int MOST = 10_000;

  /**
   * Equal deviations.
   *
   * @param first the first of them
   * @param count how many they are
   */
  public record Found(Deviation first, long count) {
    /** The deviation for programs. */
    public ObjectNode toJson() {
      ObjectNode out = JsonNodeFactory.instance.objectNode();
      out.put("workload", first.observation().workload().toString());
      out.put("rule", first.rule());
      out.put("severity", first.severity().jsonName());
      first.techniques().forEach(out.putArray("techniques")::add);
      out.put("entry", EntryText.of(first.observation().entry()));
      out.put("pod", first.observation().instance());
      out.put("firstAt", first.observation().at().toString());
      out.put("count", count);
      out.put("why", first.why());
      return out;
    }
  }

  private record Key(Workload workload, Entry entry, String rule) {}

  private final Map<Workload, Model> models;
  private final RecordedBehaviour recorded;
  private final Map<Key, Found> found = new LinkedHashMap<>();
  private long more;
  private long compared;

  /**
   * Compares with some models, each of another workload.
   *
   * @param cluster the cluster of events that do not name one
   * @param now the time of events without one
   */
  public RecordedDeviations(Collection<Model> models, @Nullable String cluster, Instant now) {
    this.models = models.stream().collect(Collectors.toMap(Model::workload, Function.identity()));
    this.recorded = new RecordedBehaviour(cluster, ClusterFacts.NONE, now);
  }

  /** Compares what an event shows. */
  public void take(RecordedEvent event) {
    if (!models.isEmpty()) {
      recorded.take(event, this::add, program -> {});
    }
  }

  /** Compares an observation; false if its workload has no model. */
  boolean add(Observation seen) {
    Model model = models.get(seen.workload());
    if (model != null) {
      compared++;
      Deviations.of(model, seen).ifPresent(this::add);
    }
    return model != null;
  }

  private void add(Deviation deviation) {
    Observation seen = deviation.observation();
    Key key = new Key(seen.workload(), seen.entry(), deviation.rule());
    if (found.size() >= MOST && !found.containsKey(key)) {
      more++;
      return;
    }
    found.merge(
        key,
        new Found(deviation, seen.count()),
        (known, one) -> new Found(known.first, known.count + one.count));
  }

  /** Whether there is a model to compare with. */
  public boolean hasModels() {
    return !models.isEmpty();
  }

  /** How many observations were of a workload that has a model. */
  public long compared() {
    return compared;
  }

  /** The different deviations: the most severe first, and the most frequent of them. */
  public List<Found> found() {
    return found.values().stream()
        .sorted(
            Comparator.comparing((Found one) -> one.first.severity())
                .thenComparingLong(Found::count)
                .reversed())
        .toList();
  }

  /** How many further deviations are not in the list. */
  public long more() {
    return more;
  }
}
