package io.cattleguard.edge.lambda;

import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;

/**
 * The only JSON mapper of a function, because each further one would have to build its
 * deserializers again.
 */
final class Json {
  static final JsonMapper MAPPER =
      JsonMapper.builder().addMixIn(SQSEvent.class, SqsEventOnTheWire.class).build();

  private Json() {}

  /** Lambda writes {@code Records} with a capital, unlike a bean's property. */
  private interface SqsEventOnTheWire {
    @JsonProperty("Records")
    List<SQSEvent.SQSMessage> getRecords();

    @JsonProperty("Records")
    void setRecords(List<SQSEvent.SQSMessage> records);
  }
}
