package io.cattleguard.answer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.deduplicate.silence.HidingRecord;
import io.cattleguard.deduplicate.silence.HidingRecords;
import io.cattleguard.deduplicate.silence.Silence;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lists what is contained and what is silenced. */
public final class Listings {
  private Listings() {}

  /** The kill switch if it is on; nothing else is read. */
  public static Listing killSwitch(Operations operations) {
    return new Listing(
        operations.killSwitch().filter(Ledger.Halt::on).map(Listings::entry).stream().toList(),
        Optional.empty());
  }

  private static Listing.Entry entry(Ledger.Halt halt) {
    return new Listing.Entry(
        "The kill switch is on since " + halt.at() + ", by " + halt.by() + ": " + halt.reason(),
        ContainmentText.json(halt));
  }

  /** The containments that are in force, and the kill switch if it is on. */
  public static Listing contained(Operations operations) {
    List<Listing.Entry> entries = new ArrayList<>(killSwitch(operations).entries());
    List<Operations.Live> live = operations.live();
    live.forEach(
        one ->
            entries.add(new Listing.Entry(ContainmentText.line(one), ContainmentText.json(one))));
    List<String> unreadable = operations.unreadable();
    unreadable.forEach(
        one ->
            entries.add(
                new Listing.Entry(
                    one + ": in force; this version cannot read it, and a newer one releases it",
                    JsonNodeFactory.instance.objectNode().put("unreadable", one))));
    return new Listing(
        entries,
        live.isEmpty() && unreadable.isEmpty()
            ? Optional.of("Nothing is contained.")
            : Optional.empty());
  }

  /** The silences with what each has hidden, and the rules that hide more than they should. */
  public static Listing silences(StoredSilences silences, HidingRecords records, Instant now) {
    List<Listing.Entry> entries = new ArrayList<>();
    Map<String, HidingRecord> hidden = new LinkedHashMap<>();
    records.all().forEach(record -> hidden.put(record.name(), record));
    for (Silence silence : silences.all().all()) {
      HidingRecord record = hidden.get(silence.name());
      entries.add(
          new Listing.Entry(
              SilenceText.line(silence, now)
                  + "; "
                  + (record == null ? "hid nothing so far" : record.inWords()),
              silence
                  .toJson()
                  .put("active", silence.isActive(now))
                  .put("hid", record == null ? 0 : record.count())));
    }
    for (HidingRecord record : hidden.values()) {
      record
          .trouble(now)
          .ifPresent(
              trouble ->
                  entries.add(
                      new Listing.Entry(
                          "attention: " + trouble,
                          JsonNodeFactory.instance
                              .objectNode()
                              .put("rule", record.name())
                              .put("trouble", trouble))));
    }
    return new Listing(
        entries, entries.isEmpty() ? Optional.of("Nothing is silenced.") : Optional.empty());
  }
}
