package io.cattleguard.sensor.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Asks the gate about each request of a connection before its body is read. While the gate has no
 * answer, the connection is not read, so a client cannot fill the memory without a credential.
 */
final class HttpGate extends ChannelInboundHandlerAdapter {
  private static final String BEARER = "Bearer ";
  private static final String TOKEN = "token";

  private final Gate gate;
  private final HttpConversation conversation;
  private final Deque<Object> waiting = new ArrayDeque<>();
  private boolean asking;

  HttpGate(Gate gate, HttpConversation conversation) {
    this.gate = gate;
    this.conversation = conversation;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    waiting.add(message);
    if (!asking) {
      pass(context);
    }
  }

  /** Passes on the waiting data, up to a request for which the gate has no answer yet. */
  private void pass(ChannelHandlerContext context) {
    while (!waiting.isEmpty()) {
      Object message = waiting.element();
      if (message instanceof HttpRequest request && request.decoderResult().isSuccess()) {
        CompletableFuture<Gate.Answer> answer = gate.ask(credential(request)).toCompletableFuture();
        if (!answer.isDone()) {
          asking = true;
          conversation.pause();
          CompletableFuture<Void> unused =
              answer.thenAcceptAsync(later -> resume(context, later), context.executor());
          return;
        }
        conversation.answered(answer.join());
      }
      waiting.remove();
      context.fireChannelRead(message);
    }
  }

  private void resume(ChannelHandlerContext context, Gate.Answer answer) {
    asking = false;
    Object request = waiting.poll();
    if (request == null) {
      return; // the client has disconnected
    }
    conversation.answered(answer);
    context.fireChannelRead(request);
    pass(context);
    context.fireChannelReadComplete();
    conversation.resume();
  }

  /** The bearer token, else the query's token, for clients that cannot set a header. */
  private static Optional<String> credential(HttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION);
    if (header != null) {
      return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
          ? Optional.of(header.substring(BEARER.length()).strip())
          : Optional.empty();
    }
    try {
      List<String> tokens =
          new QueryStringDecoder(request.uri()).parameters().getOrDefault(TOKEN, List.of());
      return tokens.stream().findFirst();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not a valid query
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
    context.fireChannelInactive();
  }
}
