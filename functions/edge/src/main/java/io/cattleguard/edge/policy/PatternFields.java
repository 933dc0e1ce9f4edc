package io.cattleguard.edge.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.fields.AlertFields;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.events.text.FieldValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks that a pattern of a policy file can match: that events have its fields, and that the
 * fields can have its values.
 *
 * @param fields as dotted paths
 * @param values of the fields that can have certain values only
 */
record PatternFields(Set<String> fields, Map<String, FieldValues> values) {
  /** Comparisons of other languages, with the pattern language's equivalents. */
  private static final Map<String, String> OPERATORS =
      Map.of("=>", ">=", "=<", "<=", "==", "=", "≥", ">=", "≤", "<=");

  PatternFields {
    fields = Set.copyOf(fields);
    values = Map.copyOf(values);
  }

  /**
   * Checks a pattern.
   *
   * @throws PolicyException with one error per field or value that would never match
   */
  void check(PolicyNode pattern) {
    List<PolicyError> errors = new ArrayList<>();
    checkFields("", pattern, errors);
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
  }

  /** What to write instead of a comparison of another language. */
  static String operatorHint(JsonNode pattern) {
    for (JsonNode numeric : pattern.findValues("numeric")) {
      for (JsonNode one : numeric) {
        String meant = OPERATORS.get(one.asText());
        if (one.isTextual() && meant != null) {
          return "; write \"" + meant + "\" for \"" + one.asText() + "\"";
        }
      }
    }
    return "";
  }

  private void checkFields(String path, PolicyNode mapping, List<PolicyError> errors) {
    String[] known =
        fields.stream()
            .filter(field -> field.startsWith(path))
            .map(field -> field.substring(path.length()).split("\\.", 2)[0])
            .distinct()
            .sorted()
            .toArray(String[]::new);
    PolicyNode.Mapping entries = mapping.anyMapping();
    for (String key : entries.keys()) {
      PolicyNode value = entries.required(key);
      if (key.equals("$or")) {
        value.items().forEach(one -> checkFields(path, one, errors));
      } else if (!List.of(known).contains(key)) {
        errors.add(mapping.errorAt(key, unknown(path, key, known)));
      } else if (!fields.contains(path + key)) {
        checkFields(path + key + ".", value, errors);
      } else {
        checkField(path + key, key, value, errors);
      }
    }
  }

  private static String unknown(String path, String key, String... known) {
    return AlertFields.CHOSEN_BY_THE_POD.contains(path + key)
        ? key
            + ": anyone who may change a pod chooses them, so only an adjustment that adds points"
            + " (scoring.yaml) and an owner (owners.yaml) may use them"
        : PolicyNode.unknownKey(key, known);
  }

  private void checkField(String path, String key, PolicyNode value, List<PolicyError> errors) {
    if (value.isText()) {
      errors.add(
          value.error(
              "a pattern lists the values of a field; write "
                  + key
                  + ": ["
                  + HostileText.visible(value.text(), 100)
                  + "]"));
      return;
    }
    if (AlertFields.CHOSEN_BY_THE_POD.contains(path)
        && (!value.toJson().findValues("anything-but").isEmpty()
            || !value.toJson().findValues("exists").isEmpty())) {
      errors.add(
          value.error(
              key
                  + ": anyone who may change a pod chooses them, so a pattern may match their"
                  + " values, but not exclude values or absence"));
    }
    FieldValues possible = values.get(path);
    if (possible != null) {
      checkValues(key, possible, value, errors);
    }
  }

  /**
   * Checks literal values, also those of {@code anything-but}; prefixes and wildcards are not
   * checked, and the pattern's own check reports invalid values.
   */
  private static void checkValues(
      String field, FieldValues possible, PolicyNode value, List<PolicyError> errors) {
    if (value.isList()) {
      value.items().forEach(one -> checkValues(field, possible, one, errors));
    } else if (value.isMapping()) {
      value
          .anyMapping()
          .optional("anything-but")
          .ifPresent(one -> checkValues(field, possible, one, errors));
    } else if (value.isText() && !possible.isPossible(value.text())) {
      String hint =
          possible
              .idOf(value.text())
              .map(id -> "; did you mean '" + id + "'?")
              .orElseGet(
                  () ->
                      ClosestWord.hint(value.text(), possible.known().stream().sorted().toList()));
      errors.add(
          value.error(
              "no event has the "
                  + field
                  + " '"
                  + value.text()
                  + "'"
                  + hint
                  + " ("
                  + possible.inWords()
                  + ")"));
    }
  }
}
