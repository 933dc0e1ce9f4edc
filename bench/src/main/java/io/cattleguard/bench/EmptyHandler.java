package io.cattleguard.bench;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.util.List;

/** What a Java function for SQS costs that does nothing, written as AWS's examples write it. */
public final class EmptyHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  /** For Lambda. */
  public EmptyHandler() {}

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    return new SQSBatchResponse(List.of());
  }
}
