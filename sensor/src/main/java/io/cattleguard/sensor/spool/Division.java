package io.cattleguard.sensor.spool;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The division of a round into entries, as text: for each entry the positions of its alerts in the
 * round, {@code 0-3,7;4-6}.
 */
final class Division {
  private static final Pattern TEXT = Pattern.compile("[\\d,;-]*+");
  private static final Pattern POSITIONS = Pattern.compile("\\d{1,9}(-\\d{1,9})?+");

  private Division() {}

  static String write(List<Round.Folded> round, List<List<Round.Folded>> entries) {
    IdentityHashMap<Round.Folded, Integer> positions = new IdentityHashMap<>();
    for (Round.Folded alert : round) {
      positions.put(alert, positions.size());
    }
    StringBuilder text = new StringBuilder();
    for (List<Round.Folded> entry : entries) {
      BitSet of = new BitSet();
      entry.forEach(alert -> of.set(Objects.requireNonNull(positions.get(alert))));
      if (!text.isEmpty()) {
        text.append(';');
      }
      write(of, text);
    }
    return text.toString();
  }

  private static void write(BitSet positions, StringBuilder text) {
    String comma = "";
    int from = positions.nextSetBit(0);
    while (from >= 0) {
      int to = positions.nextClearBit(from) - 1;
      text.append(comma).append(from);
      if (to > from) {
        text.append('-').append(to);
      }
      comma = ",";
      from = positions.nextSetBit(to + 1);
    }
  }

  /**
   * Reads what {@link #write} wrote. Alerts that it does not name are an entry each. A damaged text
   * yields nothing.
   */
  static List<List<Round.Folded>> read(List<Round.Folded> round, String text) {
    if (!TEXT.matcher(text).matches()) {
      return List.of();
    }
    List<List<Round.Folded>> entries = new ArrayList<>();
    BitSet all = new BitSet();
    for (String entry : text.split(";", -1)) {
      BitSet positions = new BitSet();
      for (String range : entry.split(",", -1)) {
        if (!POSITIONS.matcher(range).matches()) {
          return List.of();
        }
        int dash = range.indexOf('-');
        int from = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int to = Integer.parseInt(range.substring(dash + 1));
        if (to < from || to >= round.size()) {
          return List.of();
        }
        positions.set(from, to + 1);
      }
      if (all.intersects(positions)) {
        return List.of();
      }
      all.or(positions);
      entries.add(positions.stream().mapToObj(round::get).toList());
    }
    all.flip(0, round.size());
    all.stream().forEach(alone -> entries.add(List.of(round.get(alone))));
    return entries;
  }
}
