package io.cattleguard.respond.kubernetes.fabric8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads only the needed fields from a pod list. Converting a hundred pods to objects would take
 * longer than all other work before a deletion.
 */
final class Fabric8Peers {
  private static final JsonFactory JSON = new JsonFactory();

  private Fabric8Peers() {}

  /**
   * A pod among its peers.
   *
   * @param controller the controller that owns it
   * @param ending whether it is being deleted
   * @param quarantine the value of the label of isolated pods, if it has one
   */
  record Peer(
      String name,
      String uid,
      Optional<OwnerReference> controller,
      boolean ending,
      Optional<String> quarantine,
      boolean ready) {

    /** Whether it can take traffic. */
    boolean serves() {
      return ready && quarantine.isEmpty();
    }
  }

  /** A peer whose fields are still being read. */
  private static final class Draft {
    private String name = "";
    private String uid = "";
    private Optional<OwnerReference> controller = Optional.empty();
    private boolean ending;
    private Optional<String> quarantine = Optional.empty();
    private boolean ready;

    private Peer done() {
      return new Peer(name, uid, controller, ending, quarantine, ready);
    }
  }

  /**
   * The pods of a {@code PodList}.
   *
   * @throws Unavailable if the text is not a pod list
   */
  static List<Peer> read(@Nullable String podList) {
    if (podList == null) {
      // The library's answer to a 404.
      throw new Unavailable("the API server has no pod list");
    }
    List<Peer> peers = new ArrayList<>();
    try (JsonParser in = JSON.createParser(podList)) {
      boolean listed = false;
      in.nextToken();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean items = in.currentName().equals("items");
        JsonToken value = in.nextToken();
        if (items && value == JsonToken.START_ARRAY) {
          listed = true;
          while (in.nextToken() == JsonToken.START_OBJECT) {
            peers.add(peer(in));
          }
        } else {
          in.skipChildren();
        }
      }
      if (!listed) {
        throw new Unavailable("the API server's pod list has no items");
      }
      return peers;
    } catch (IOException e) {
      throw new Unavailable("cannot parse the API server's pod list", e);
    }
  }

  private static Peer peer(JsonParser in) throws IOException {
    Draft draft = new Draft();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "metadata" -> metadata(in, draft);
        case "status" -> status(in, draft);
        default -> in.skipChildren();
      }
    }
    return draft.done();
  }

  private static void metadata(JsonParser in, Draft draft) throws IOException {
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      JsonToken value = in.nextToken();
      switch (field) {
        case "name" -> draft.name = in.getText();
        case "uid" -> draft.uid = in.getText();
        case "deletionTimestamp" -> draft.ending = value != JsonToken.VALUE_NULL;
        case "labels" -> draft.quarantine = quarantine(in);
        case "ownerReferences" -> draft.controller = controller(in);
        default -> in.skipChildren();
      }
    }
  }

  /** For its own readiness the value does not matter: the label can only make a pod count less. */
  private static Optional<String> quarantine(JsonParser in) throws IOException {
    Optional<String> value = Optional.empty();
    if (in.currentToken() == JsonToken.START_OBJECT) {
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean is = in.currentName().equals(Grants.QUARANTINE);
        in.nextToken();
        if (is) {
          value = Optional.of(in.currentToken().isScalarValue() ? in.getText() : "");
        }
        in.skipChildren();
      }
    }
    return value;
  }

  private static void status(JsonParser in, Draft draft) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      return;
    }
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      if (field.equals("conditions")) {
        draft.ready = any(in, "status", "True", "type", "Ready");
      } else {
        in.skipChildren();
      }
    }
  }

  private static Optional<OwnerReference> controller(JsonParser in) throws IOException {
    Optional<OwnerReference> controller = Optional.empty();
    if (in.currentToken() != JsonToken.START_ARRAY) {
      return controller;
    }
    while (in.nextToken() == JsonToken.START_OBJECT) {
      OwnerReference reference = new OwnerReference();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        in.nextToken();
        switch (field) {
          case "apiVersion" -> reference.setApiVersion(in.getText());
          case "kind" -> reference.setKind(in.getText());
          case "name" -> reference.setName(in.getText());
          case "uid" -> reference.setUid(in.getText());
          case "controller" -> reference.setController(in.getBooleanValue());
          default -> in.skipChildren();
        }
      }
      if (Boolean.TRUE.equals(reference.getController())) {
        controller = Optional.of(reference);
      }
    }
    return controller;
  }

  /** Whether some object of an array has both field values; an empty name matches any. */
  private static boolean any(JsonParser in, String one, String so, String other, String too)
      throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      return false;
    }
    boolean any = false;
    while (in.nextToken() == JsonToken.START_OBJECT) {
      boolean first = false;
      boolean second = other.isEmpty();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        in.nextToken();
        String text = in.currentToken().isScalarValue() ? in.getText() : "";
        first |= field.equals(one) && text.equals(so);
        second |= field.equals(other) && text.equals(too);
        in.skipChildren();
      }
      any |= first && second;
    }
    return any;
  }

  /**
   * Formats a selector as the query parameter {@code labelSelector}.
   *
   * @see <a
   *     href="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api">labels
   *     in the API</a>
   */
  static String query(LabelSelector selector) {
    List<String> terms = new ArrayList<>();
    Map<String, String> labels = selector.getMatchLabels();
    if (labels != null) {
      labels.forEach((key, value) -> terms.add(key + "=" + value));
    }
    for (LabelSelectorRequirement requirement :
        Objects.requireNonNullElse(
            selector.getMatchExpressions(), List.<LabelSelectorRequirement>of())) {
      String values = "(" + String.join(",", requirement.getValues()) + ")";
      terms.add(
          switch (requirement.getOperator()) {
            case "In" -> requirement.getKey() + " in " + values;
            case "NotIn" -> requirement.getKey() + " notin " + values;
            case "Exists" -> requirement.getKey();
            case "DoesNotExist" -> "!" + requirement.getKey();
            default ->
                throw new Unavailable("unsupported selector operator " + requirement.getOperator());
          });
    }
    return String.join(",", terms);
  }
}
