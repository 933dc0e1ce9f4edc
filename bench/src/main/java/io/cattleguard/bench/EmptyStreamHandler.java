package io.cattleguard.bench;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A Java function that does not even read its event. */
public final class EmptyStreamHandler implements RequestStreamHandler {
  /** Called by Lambda. */
  public EmptyStreamHandler() {}

  @Override
  public void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    input.readAllBytes();
    output.write("{\"batchItemFailures\":[]}".getBytes(StandardCharsets.UTF_8));
  }
}
