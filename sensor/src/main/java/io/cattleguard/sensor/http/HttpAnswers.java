package io.cattleguard.sensor.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one connection. They are written in the order of their requests, each when its
 * alerts are on disk.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
final class HttpAnswers {
  /**
   * Maximum number of outstanding answers; beyond it the sensor stops reading from a client that
   * does not wait for them.
   */
  private static final int OUTSTANDING = 64;

  /** The most common answer, as bytes, because an encoder would build it again each time. */
  private static final ByteBuf KEPT =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(
                  "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII))
              .asReadOnly());

  private final HttpConversation conversation;
  private final HttpClients clients;
  private final Deque<HttpReply> outstanding = new ArrayDeque<>();

  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelHandlerContext behindEncoder;
  private boolean full;

  HttpAnswers(HttpConversation conversation, HttpClients clients) {
    this.conversation = conversation;
    this.clients = clients;
  }

  void writeTo(ChannelHandlerContext added) {
    context = added;
    behindEncoder = added.pipeline().context(HttpRequestDecoder.class);
  }

  /** Reserves the place of a request's answer. */
  HttpReply expect(HttpReply reply) {
    outstanding.add(reply);
    if (!full && outstanding.size() >= OUTSTANDING) {
      full = true;
      conversation.pause();
    }
    return reply;
  }

  /** Writes this answer and the ready ones behind it, unless an earlier one is not ready. */
  void answer(HttpReply answer, HttpResponseStatus status, String sentence) {
    answer.is(status, sentence);
    ChannelHandlerContext to = context;
    boolean wrote = false;
    while (to != null && !outstanding.isEmpty() && outstanding.element().isReady()) {
      HttpReply next = outstanding.remove();
      if (next.isOk()) {
        clients.served(conversation);
      }
      wrote = true;
      ChannelHandlerContext asItIs = behindEncoder;
      if (next.isPlain() && asItIs != null) {
        asItIs.write(KEPT.duplicate(), asItIs.voidPromise());
      } else if (next.keepsAlive()) {
        to.write(next.response(), to.voidPromise());
      } else {
        to.write(next.response()).addListener(ChannelFutureListener.CLOSE);
      }
    }
    if (to != null && wrote) {
      to.flush();
    }
    if (full && outstanding.size() <= OUTSTANDING / 2) {
      full = false;
      conversation.resume();
    }
  }
}
