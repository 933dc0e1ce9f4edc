package io.cattleguard.app.imports;

import java.util.List;
import java.util.Optional;

/**
 * The result of importing one rule.
 *
 * @param rule the rule's name
 * @param name the playbook's name
 * @param yaml the playbook; empty if the rule cannot be imported
 * @param why why there is no playbook; empty if there is one
 * @param missing the conditions and actions that the playbook lacks
 */
record Imported(String rule, String name, Optional<String> yaml, String why, List<String> missing) {
  Imported {
    missing = List.copyOf(missing);
  }
}
