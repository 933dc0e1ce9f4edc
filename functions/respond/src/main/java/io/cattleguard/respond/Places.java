package io.cattleguard.respond;

import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The places of one responder, one per type. It skips the steps of other places. */
public final class Places {
  private final Map<Class<?>, Object> places;

  private Places(Map<Class<?>, Object> places) {
    this.places = Map.copyOf(places);
  }

  /** One place. */
  public static <P> Places of(Class<P> type, P place) {
    return new Places(Map.of(type, place));
  }

  /** A copy with one more place. */
  public <P> Places and(Class<P> type, P place) {
    Map<Class<?>, Object> all = new HashMap<>(places);
    all.put(type, place);
    return new Places(all);
  }

  /** The names of the places: {@code kubernetes}, {@code aws}. */
  String names() {
    return places.keySet().stream()
        .map(type -> type.getSimpleName().replaceFirst("Scope$", "").toLowerCase(Locale.ROOT))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** Whether the action's place is here. */
  boolean have(Action<?, ?> action) {
    return places.containsKey(action.place());
  }

  /** Whether there is an action of that name, and its place is here. */
  boolean have(Actions actions, String action) {
    return actions.named(action).filter(this::have).isPresent();
  }

  <P> P of(Action<P, ?> action) {
    Object place = places.get(action.place());
    if (place == null) {
      throw new IllegalArgumentException(action.name() + " has no place here");
    }
    return action.place().cast(place);
  }
}
