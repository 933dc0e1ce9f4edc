package io.cattleguard.sources.audit;

import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The caller of a request: the user, its groups, the address, and the impersonated user. */
final class AuditCaller {
  /** Groups of all users, which carry no information. */
  private static final List<String> COMMON =
      List.of("system:authenticated", "system:unauthenticated", "system:serviceaccounts");

  private static final int MOST_GROUPS = 4;

  private final @Nullable String user;
  private final @Nullable String impersonated;
  private final List<String> groups;
  private final List<String> addresses;

  AuditCaller(JsonNode audit, List<String> notes) {
    JsonNode caller = audit.path("user");
    this.user = text(caller.get("username"), "user.username", notes);
    this.impersonated =
        text(audit.path("impersonatedUser").get("username"), "impersonatedUser.username", notes);
    this.groups = texts(caller.get("groups"), "user.groups", notes);
    this.addresses = texts(audit.get("sourceIPs"), "sourceIPs", notes);
  }

  /** The authenticated user, even if it impersonates another. */
  @Nullable String user() {
    return user;
  }

  /** The first address, which is the client's where proxies are known. */
  @Nullable String address() {
    return addresses.isEmpty() ? null : addresses.getFirst();
  }

  private static List<String> texts(@Nullable JsonNode list, String key, List<String> notes) {
    List<String> texts = new ArrayList<>(2);
    if (list == null || list.isNull()) {
      return texts;
    }
    if (!list.isArray()) {
      notes.add(key + ": expected a list, found " + FieldValue.kind(list));
    }
    for (JsonNode one : list) {
      String text = text(one, key, notes);
      if (text != null) {
        texts.add(text);
      }
    }
    return texts;
  }

  @Override
  public String toString() {
    StringBuilder words = new StringBuilder(user == null ? "an unknown user" : user);
    List<String> telling =
        groups.stream().filter(group -> !COMMON.contains(group)).limit(MOST_GROUPS).toList();
    if (!telling.isEmpty()) {
      words.append(" (").append(String.join(", ", telling)).append(')');
    }
    if (impersonated != null) {
      words.append(" as ").append(impersonated);
    }
    if (!addresses.isEmpty()) {
      words
          .append(" from ")
          .append(String.join(", ", addresses.stream().limit(MOST_GROUPS).toList()));
    }
    return words.toString();
  }
}
