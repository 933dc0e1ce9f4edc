package io.cattleguard.respond.action;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The registry of actions that a playbook may name, read from {@code actions.properties}. Each
 * responder has only the classes of its own actions on its class path. It knows the names of the
 * others, so it can tell the other responder's step from a typo.
 */
public final class Actions {
  private static final String FILE = "actions.properties";
  private static final String PLANNED = "planned";
  private static final int LONGEST_NAME = 60;

  private final Map<String, Action<?, ?>> here;
  private final List<String> elsewhere;
  private final List<String> planned;

  private Actions(Map<String, Action<?, ?>> here, List<String> elsewhere, List<String> planned) {
    this.here = here;
    this.elsewhere = List.copyOf(elsewhere);
    this.planned = List.copyOf(planned);
  }

  /**
   * The actions of {@code actions.properties}.
   *
   * @throws IllegalStateException naming the invalid line
   */
  public static Actions registered() {
    return of(lines());
  }

  /**
   * Reads lines {@code name = class}, in order; {@code planned} instead of a class reserves a name.
   */
  public static Actions of(List<String> lines) {
    Map<String, Action<?, ?>> here = new LinkedHashMap<>();
    List<String> elsewhere = new ArrayList<>();
    List<String> planned = new ArrayList<>();
    for (String line : lines) {
      String[] parts = line.split("=", 2);
      if (parts.length != 2) {
        throw new IllegalStateException(FILE + ": expected 'name = class', found '" + line + "'");
      }
      String name = parts[0].strip();
      String type = parts[1].strip();
      if (type.equals(PLANNED)) {
        planned.add(name);
      } else {
        load(name, type)
            .ifPresentOrElse(action -> here.put(name, action), () -> elsewhere.add(name));
      }
    }
    return new Actions(here, elsewhere, planned);
  }

  private static List<String> lines() {
    try (InputStream in =
        Objects.requireNonNull(Actions.class.getResourceAsStream(FILE), FILE + " is missing")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Action<?, ?>> load(String name, String type) {
    try {
      Object made =
          Class.forName(type, true, Actions.class.getClassLoader()).getConstructor().newInstance();
      if (made instanceof Action<?, ?> action && action.name().equals(name)) {
        return Optional.of(action);
      }
      throw new IllegalStateException(FILE + ": " + type + " is not the action " + name);
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          FILE + ": " + type + " has no public constructor without parameters", e);
    }
  }

  /** The actions whose classes are on the class path, with default settings. */
  public List<Action<?, ?>> here() {
    return List.copyOf(here.values());
  }

  /** The names of the actions whose classes another responder has. */
  public List<String> elsewhere() {
    return elsewhere;
  }

  /** The action of that name, if its class is on the class path. */
  public Optional<Action<?, ?>> named(String name) {
    return Optional.ofNullable(here.get(name));
  }

  /** Whether a responder has an action of that name, this one or another. */
  public boolean isRegistered(String name) {
    return here.containsKey(name) || elsewhere.contains(name);
  }

  /** Every name that a playbook may use. */
  private List<String> names() {
    List<String> names = new ArrayList<>(here.keySet());
    names.addAll(elsewhere);
    return names;
  }

  /**
   * Reads a step of a playbook, {@code isolate-pod: {lease: 1h}}; empty if another responder takes
   * it.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line, if no responder knows
   *     the action or its settings are invalid
   */
  Optional<Action<?, ?>> step(PolicyNode node) {
    if (node.isText()) {
      throw node.wrong(
          "a step is an action with its settings; write '- "
              + HostileText.visible(node.text(), LONGEST_NAME)
              + ": {}'"
              + ClosestWord.hint(node.text(), names()));
    }
    List<String> keys = node.anyMapping().keys();
    if (keys.size() != 1) {
      throw node.wrong(
          "a step is one action with its settings, as in '" + names().getFirst() + ": {}'");
    }
    String name = keys.getFirst();
    if (planned.contains(name)) {
      throw node.wrong("'" + name + "' is not available yet; use " + String.join(", ", names()));
    }
    PolicyNode settings = node.mapping(names().toArray(new String[0])).required(name);
    if (settings.toJson().isNull()) {
      throw settings.wrong("without settings, write '" + name + ": {}'");
    }
    return named(name).map(action -> action.with(settings));
  }
}
