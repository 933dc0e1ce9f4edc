package io.cattleguard.app.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.learn.ModelState;
import io.cattleguard.models.Model;
import java.util.List;
import java.util.Optional;

/** The models that a server learnt, as a reply. */
public final class LearntReply {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private LearntReply() {}

  /** The reply of a server. */
  public static OperatorReply of(LearntModels learnt) {
    return new OperatorReply(
        true,
        learnt.all().stream().map(model -> new OperatorReply.Result("", json(model))).toList(),
        Optional.empty());
  }

  private static ObjectNode json(Model model) {
    try {
      return (ObjectNode) JSON.readTree(ModelState.write(model));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was written cannot be read", e);
    }
  }

  /**
   * The models in a reply.
   *
   * @throws Unavailable if the server did not answer
   */
  static List<Model> read(OperatorReply reply) {
    if (!reply.success()) {
      throw new Unavailable(reply.note().orElse("the server cannot answer"));
    }
    return reply.results().stream().map(one -> ModelState.read(one.object().toString())).toList();
  }
}
