package io.cattleguard.models.export;

import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The TCP ports on which a container listens, for an engine in the kernel.
 *
 * @param restricts whether a source reported listeners during learning
 * @param ports the ports of the model
 * @param unconfirmed entries that neither a second start nor a person confirmed
 */
record AllowedListeners(boolean restricts, NavigableSet<Integer> ports, List<String> unconfirmed) {
  private static final String TCP = "tcp";

  AllowedListeners {
    ports = Collections.unmodifiableNavigableSet(new TreeSet<>(ports));
    unconfirmed = List.copyOf(unconfirmed);
  }

  static AllowedListeners of(Model model) {
    NavigableSet<Integer> ports = new TreeSet<>();
    List<String> unconfirmed = new ArrayList<>();
    boolean restricts = model.covers().contains(Kind.LISTENER);
    for (Map.Entry<Entry, Sighting> each : model.entries().entrySet()) {
      if (!restricts || !(each.getKey() instanceof Listener listener) || !isTcp(listener)) {
        continue;
      }
      if (Risk.of(listener).rule().isRisky() && !each.getValue().isConfirmed()) {
        unconfirmed.add(Deviations.words(listener));
      } else {
        ports.add(listener.port());
      }
    }
    return new AllowedListeners(restricts, ports, unconfirmed);
  }

  private static boolean isTcp(Listener listener) {
    return listener.protocol().equals(TCP);
  }

  /**
   * The ports as the engine's ranges have them. A process that lets the kernel choose a port has
   * port 0 when it begins to listen.
   */
  List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (int port : ports) {
      texts.add(AllowedConnections.text(port));
      if (port == Entry.EPHEMERAL) {
        texts.add("0");
      }
    }
    return texts;
  }

  /** The effect of the engine on an entry; none on entries that are not listeners on TCP. */
  Effect effect(Entry entry) {
    return restricts
            && entry instanceof Listener listener
            && isTcp(listener)
            && !ports.contains(listener.port())
        ? Effect.BLOCKED
        : Effect.ALLOWED;
  }
}
