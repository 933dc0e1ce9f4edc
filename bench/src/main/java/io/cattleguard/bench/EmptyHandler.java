package io.cattleguard.bench;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.util.List;

/** A Java function for SQS that does nothing, written like AWS's examples. */
public final class EmptyHandler implements RequestHandler<SQSEvent, SQSBatchResponse> {
  /** Called by Lambda. */
  public EmptyHandler() {}

  @Override
  public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
    return new SQSBatchResponse(List.of());
  }
}
