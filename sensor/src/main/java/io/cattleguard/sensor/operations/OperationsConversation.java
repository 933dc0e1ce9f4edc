package io.cattleguard.sensor.operations;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** One connection to the operations port: one request, one answer. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class OperationsConversation extends SimpleChannelInboundHandler<HttpObject> {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final Operations.Answers answers;
  private final ExecutorService threads;
  private final OperationsClients clients;
  private boolean asked;

  @SuppressWarnings("ArrayRecordComponent") // Answers are never compared.
  private record Answer(HttpResponseStatus status, String type, byte[] body) {
    private static Answer text(HttpResponseStatus status, String sentence) {
      return new Answer(status, TEXT, (sentence + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  OperationsConversation(
      Operations.Answers answers, ExecutorService threads, OperationsClients clients) {
    this.answers = answers;
    this.threads = threads;
    this.clients = clients;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    clients.connected(active.channel());
    active.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    clients.asked(inactive.channel());
    inactive.fireChannelInactive();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext reader, HttpObject part) {
    if (asked || !(part instanceof HttpRequest request)) {
      return;
    }
    asked = true;
    clients.asked(reader.channel());
    threads.execute(() -> write(reader, answer(request)));
  }

  private Answer answer(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return Answer.text(HttpResponseStatus.BAD_REQUEST, "not a valid HTTP request");
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      return Answer.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "method not allowed; use GET");
    }
    try {
      return switch (path(request.uri())) {
        case "/healthz" -> state(answers.ailment().get(), "ok");
        case "/readyz" -> state(answers.unready().get(), ready());
        case "/metrics" -> metrics();
        default ->
            Answer.text(
                HttpResponseStatus.NOT_FOUND, "no such path; use /healthz, /readyz or /metrics");
      };
    } catch (RuntimeException e) {
      return Answer.text(
          HttpResponseStatus.INTERNAL_SERVER_ERROR, "failed: " + e.getClass().getName());
    }
  }

  private Answer metrics() {
    if (!clients.mayScrape()) {
      return Answer.text(
          HttpResponseStatus.SERVICE_UNAVAILABLE, "earlier requests for metrics are not answered");
    }
    try {
      return new Answer(
          HttpResponseStatus.OK, MetricsText.CONTENT_TYPE, answers.metrics().get().bytes());
    } finally {
      clients.scraped();
    }
  }

  private static String path(String uri) {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  private String ready() {
    StringBuilder text = new StringBuilder("ok");
    answers.notes().get().forEach(note -> text.append('\n').append(note));
    return text.toString();
  }

  private static Answer state(Optional<String> trouble, String well) {
    return Answer.text(
        trouble.isPresent() ? HttpResponseStatus.SERVICE_UNAVAILABLE : HttpResponseStatus.OK,
        trouble.orElse(well));
  }

  private static void write(ChannelHandlerContext to, Answer answer) {
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, answer.status, Unpooled.wrappedBuffer(answer.body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, answer.type)
        .set(HttpHeaderNames.CONTENT_LENGTH, answer.body.length)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (answer.status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
      response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
    }
    to.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failing, Throwable cause) {
    failing.close();
  }
}
