package io.cattleguard.sensor.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/** The answer to one request, in its place among the answers of a connection. */
final class HttpReply {
  /** Before the first request. */
  static final HttpReply NONE = new HttpReply(false, false, true);

  /** The header that shows that the status is from this server and not from a proxy. */
  private static final String STATUS_HEADER = "Cattleguard-Status";

  private final boolean keepAlive;
  private final boolean ofNow;
  private final boolean withBody;
  private HttpResponseStatus status = HttpResponseStatus.OK;
  private String text = "";
  private boolean ready;

  private HttpReply(boolean keepAlive, boolean ofNow, boolean withBody) {
    this.keepAlive = keepAlive;
    this.ofNow = ofNow;
    this.withBody = withBody;
  }

  static HttpReply to(HttpRequest request) {
    boolean valid = request.decoderResult().isSuccess();
    return new HttpReply(
        valid && HttpUtil.isKeepAlive(request),
        request.protocolVersion().equals(HttpVersion.HTTP_1_1),
        !request.method().equals(HttpMethod.HEAD));
  }

  /** The same answer, after which the connection closes. */
  HttpReply last() {
    return new HttpReply(false, ofNow, withBody);
  }

  void is(HttpResponseStatus known, String sentence) {
    status = known;
    text = sentence;
    ready = true;
  }

  boolean isReady() {
    return ready;
  }

  boolean isOk() {
    return status.equals(HttpResponseStatus.OK);
  }

  boolean keepsAlive() {
    return keepAlive;
  }

  /** Whether the answer is only that everything was stored. */
  boolean isPlain() {
    return ofNow && keepAlive && text.isEmpty() && isOk();
  }

  FullHttpResponse response() {
    ByteBuf body =
        text.isEmpty()
            ? Unpooled.EMPTY_BUFFER
            : Unpooled.copiedBuffer(text + "\n", StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, status, withBody ? body : Unpooled.EMPTY_BUFFER);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    if (body.isReadable()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    }
    if (!isOk()) {
      // A proxy in between answers with the same statuses, for reasons of its own.
      response.headers().set(STATUS_HEADER, status.code());
    }
    if (status.equals(HttpResponseStatus.UNAUTHORIZED)) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
      response.headers().set(HttpHeaderNames.ALLOW, "POST, PUT");
    }
    if (status.equals(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE)) {
      response.headers().set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
    }
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    return response;
  }
}
