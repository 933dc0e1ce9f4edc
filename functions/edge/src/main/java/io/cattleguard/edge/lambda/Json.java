package io.cattleguard.edge.lambda;

import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;

/** The one mapper of a function: each one more finds out anew how to read a tree. */
final class Json {
  static final JsonMapper MAPPER =
      JsonMapper.builder().addMixIn(SQSEvent.class, SqsEventOnTheWire.class).build();

  private Json() {}

  /** Lambda writes the list with a capital, which no property of a bean has. */
  private interface SqsEventOnTheWire {
    @JsonProperty("Records")
    List<SQSEvent.SQSMessage> getRecords();

    @JsonProperty("Records")
    void setRecords(List<SQSEvent.SQSMessage> records);
  }
}
