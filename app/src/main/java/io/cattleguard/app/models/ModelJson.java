package io.cattleguard.app.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.models.CallRecord;
import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.review.ModelDiff;
import io.cattleguard.models.review.Readiness;
import io.cattleguard.reviewed.ModelText;
import java.util.List;
import java.util.Map;

/** Writes models and their differences as JSON, for the commands about models. */
final class ModelJson {
  private ModelJson() {}

  /** A model without its entries: whether it is ready, and what it still needs. */
  static ObjectNode summary(String file, Model model, Readiness readiness) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("file", file);
    out.put("workload", model.workload().toString());
    out.put("mode", model.mode().jsonName());
    out.put("pods", model.replicas());
    out.put("entries", model.entries().size());
    out.put("unconfirmed", ModelWords.unconfirmed(model).size());
    List<String> objections = readiness.objections(model);
    out.put("ready", objections.isEmpty());
    objections.forEach(out.putArray("objections")::add);
    return out;
  }

  /** A model with its entries. */
  static ObjectNode whole(String file, Model model, Readiness readiness) {
    ObjectNode out = summary(file, model, readiness);
    out.put("image", model.image());
    out.put("from", model.since().toString());
    out.put("to", model.until().toString());
    out.put("changed", model.changed().toString());
    model.days().forEach(day -> out.withArray("days").add(day.toString()));
    model.covers().forEach(kind -> out.withArray("covers").add(ModelText.key(kind)));
    refused(model, out);
    List<String> missing = new CallRecord(model).objections(readiness.starts(), readiness.stable());
    ObjectNode calls = out.putObject("systemCallRecord");
    calls.put("complete", missing.isEmpty());
    missing.forEach(calls.putArray("objections")::add);
    ArrayNode entries = out.putArray("entries");
    model.entries().forEach((entry, seen) -> entries.add(entry(entry, seen)));
    return out;
  }

  private static void refused(Model model, ObjectNode out) {
    ObjectNode refused = out.putObject("refused");
    model.refused().forEach((kind, count) -> refused.put(ModelText.key(kind), count));
  }

  private static ObjectNode entry(Entry entry, Sighting seen) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("entry", EntryText.of(entry));
    out.put("count", seen.count());
    out.put("first", seen.first().toString());
    out.put("last", seen.last().toString());
    out.put("pods", seen.instances());
    out.put("starts", seen.starts());
    out.put("startupOnly", seen.startupOnly());
    out.put("accepted", seen.accepted());
    out.put("unconfirmed", Risk.of(entry).rule().isRisky() && !seen.isConfirmed());
    seen.digests().forEach(digest -> out.withArray("digests").add(digest));
    return out;
  }

  /** What a merge changes in a model. */
  static ObjectNode merged(MergedModel merged, Readiness readiness) {
    ObjectNode out = summary(merged.fileName(), merged.model(), readiness);
    out.put("new", merged.known().isEmpty());
    out.put("changed", merged.isChanged());
    diff(merged.diff(), out);
    refused(merged.model(), out);
    return out;
  }

  private static void diff(ModelDiff diff, ObjectNode out) {
    ArrayNode added = out.putArray("added");
    diff.added().forEach((entry, seen) -> added.add(entry(entry, seen)));
    ArrayNode removed = out.putArray("removed");
    diff.removed().forEach((entry, seen) -> removed.add(entry(entry, seen)));
    ArrayNode different = out.putArray("different");
    for (Map.Entry<Entry, String> one : diff.changed().entrySet()) {
      different.addObject().put("entry", EntryText.of(one.getKey())).put("why", one.getValue());
    }
  }
}
