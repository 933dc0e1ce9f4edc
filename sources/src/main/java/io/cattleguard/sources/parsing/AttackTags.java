package io.cattleguard.sources.parsing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.events.attack.Tactic;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The MITRE ATT&amp;CK tactics and techniques in a rule's tags.
 *
 * @see <a href="https://attack.mitre.org/tactics/enterprise/">Enterprise tactics</a>
 */
public record AttackTags(List<String> tactics, List<String> techniques) {
  private static final String PREFIX = "MITRE:";

  /** Falco's rules name a tactic by its name in words: {@code mitre_lateral_movement}. */
  private static final String WORD = "mitre_";

  private static final AttackTags NONE = new AttackTags(List.of(), List.of());

  /** The behaviour that the tags describe. */
  public Behaviour behaviour() {
    return tactics.isEmpty() && techniques.isEmpty()
        ? Behaviour.NONE
        : new Behaviour(tactics, techniques);
  }

  /** Reads a list of tags, in order; other tags are ignored. */
  public static AttackTags of(@Nullable JsonNode tags, List<String> notes) {
    if (tags == null || tags.isNull()) {
      return NONE;
    }
    if (tags.isTextual()) {
      // Some shippers join the list.
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      for (String tag : tags.textValue().split("[ ,]+", -1)) {
        list.add(tag);
      }
      return of(list, notes);
    }
    if (!tags.isArray()) {
      notes.add("tags: expected a list, found " + FieldValue.shown(tags));
      return NONE;
    }
    List<String> tactics = new ArrayList<>(2);
    List<String> techniques = new ArrayList<>(2);
    for (JsonNode node : tags) {
      if (node.isTextual()) {
        String tag = bare(node.textValue());
        add(tactics, tactic(tag));
        add(techniques, technique(tag));
      } else if (!node.isNull()) {
        notes.add("tags: expected texts, found " + FieldValue.shown(node));
      }
    }
    return tactics.isEmpty() && techniques.isEmpty() ? NONE : new AttackTags(tactics, techniques);
  }

  /** Removes the prefix {@code MITRE:} of Tetragon policies, or {@code MITRE_} of KubeArmor's. */
  private static String bare(String tag) {
    boolean prefixed =
        tag.regionMatches(true, 0, PREFIX, 0, PREFIX.length()) || tag.startsWith("MITRE_T");
    return prefixed ? tag.substring(PREFIX.length()) : tag;
  }

  private static void add(List<String> list, @Nullable String value) {
    if (value != null && !list.contains(value)) {
      list.add(value);
    }
  }

  /** The tactic's id that a tag begins with or names, or null. */
  static @Nullable String tactic(String tag) {
    if (tag.startsWith("TA") && tag.length() >= 6 && endsAt(tag, 6) && digits(tag, 2, 6)) {
      return tag.substring(0, 6);
    }
    return tag.startsWith(WORD)
        ? Tactic.ofWord(tag.substring(WORD.length())).map(Tactic::id).orElse(null)
        : null;
  }

  /** The technique's id that a tag begins with, or null. */
  static @Nullable String technique(String tag) {
    if (tag.length() < 5 || tag.charAt(0) != 'T' || !digits(tag, 1, 5)) {
      return null;
    }
    if (tag.length() >= 9 && tag.charAt(5) == '.' && digits(tag, 6, 9) && endsAt(tag, 9)) {
      return tag.substring(0, 9);
    }
    return endsAt(tag, 5) ? tag.substring(0, 5) : null;
  }

  /** Whether an id ends there: nothing follows, or a separator and a name. */
  private static boolean endsAt(String tag, int index) {
    return tag.length() == index
        || tag.charAt(index) == '-'
        || tag.charAt(index) == '_'
        || tag.charAt(index) == ' ';
  }

  private static boolean digits(String tag, int from, int to) {
    for (int i = from; i < to; i++) {
      if (tag.charAt(i) < '0' || tag.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
