package io.cattleguard.sources.parsing;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A source's names, of rules or of finding types, with the behaviour that each one reports: a
 * resource with lines {@code name | words}, where {@code *} in a name matches any text.
 *
 * <p>The last column has the words: MITRE ATT&amp;CK ids, traits, a severity, a class, and what
 * else the reader of the table says that it knows. Any other word would be ignored, so it is an
 * error.
 */
public final class BehaviourTable {
  /**
   * Names with the same words.
   *
   * @param prefix the prefix
   * @param rest the whole name, if more of it is known than the prefix
   */
  private record Family(String prefix, Optional<Pattern> rest, List<String> words) {
    boolean has(String name) {
      return name.startsWith(prefix) && (rest.isEmpty() || rest.get().matcher(name).matches());
    }
  }

  private final Map<String, Behaviour> exact = new HashMap<>();
  private final List<Family> families = new ArrayList<>();

  private final Set<String> ownWords;

  private BehaviourTable(Set<String> ownWords) {
    this.ownWords = ownWords;
  }

  /**
   * Reads a resource from the package of a class.
   *
   * @throws IllegalStateException if the resource is missing, a name occurs twice, or a line has no
   *     column of words or an unknown word
   */
  public static BehaviourTable of(Class<?> beside, String resource) {
    return of(beside, resource, Set.of());
  }

  /** Reads a resource whose reader also knows these words. */
  public static BehaviourTable of(Class<?> beside, String resource, Set<String> ownWords) {
    BehaviourTable table = new BehaviourTable(ownWords);
    try (InputStream in = beside.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource + " beside " + beside.getName());
      }
      new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(table::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return table;
  }

  private void add(String line) {
    int first = line.indexOf('|');
    if (first < 0) {
      throw new IllegalStateException("no column of words: " + line);
    }
    String name = line.substring(0, first).strip();
    String last = line.substring(line.lastIndexOf('|') + 1).strip();
    List<String> words = last.isEmpty() ? List.of() : Arrays.asList(last.split(" +"));
    checkWords(line, words);
    if (name.contains("*")) {
      families.add(
          new Family(name.substring(0, name.indexOf('*')), rest(name), List.copyOf(words)));
    } else if (exact.put(name, Behaviour.of(words)) != null) {
      throw new IllegalStateException("two lines for " + name);
    }
  }

  private void checkWords(String line, List<String> words) {
    for (String word : Behaviour.of(words).words()) {
      if (Severity.named(word).isEmpty()
          && AlertClass.named(word).isEmpty()
          && !ownWords.contains(word)) {
        throw new IllegalStateException(
            "neither an ATT&CK id nor a trait, severity or class: '" + word + "' in: " + line);
      }
    }
  }

  private static Optional<Pattern> rest(String name) {
    if (name.indexOf('*') == name.length() - 1) {
      return Optional.empty();
    }
    StringBuilder regex = new StringBuilder();
    for (String part : name.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return Optional.of(Pattern.compile(regex.toString()));
  }

  /** The behaviour of that name: its own line, else all lines with {@code *} that fit together. */
  public Behaviour of(@Nullable String name) {
    if (name == null) {
      return Behaviour.NONE;
    }
    Behaviour own = exact.get(name);
    if (own != null) {
      return own;
    }
    List<String> words = new ArrayList<>();
    for (Family family : families) {
      if (family.has(name)) {
        words.addAll(family.words);
      }
    }
    return words.isEmpty() ? Behaviour.NONE : Behaviour.of(words);
  }

  /** The names without {@code *}. */
  public List<String> names() {
    return exact.keySet().stream().map(Objects::requireNonNull).sorted().toList();
  }
}
