package io.cattleguard.sensor.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.util.List;

/**
 * Decodes requests, and measures the memory of an incomplete request line, headers or trailers, so
 * that a client cannot fill the memory with them.
 */
final class HttpHeads extends HttpRequestDecoder {
  private static final int FIRST_LINE_BYTES = 4_096;
  private static final int HEADER_BYTES = 16_384;

  /** A header takes some 200 bytes beside its text, and Falco sends six. */
  private static final int HEADERS = 64;

  private final Holder holder;
  private int begun;

  /** Receives the size of what the decoder holds. */
  interface Holder {
    /**
     * After each read.
     *
     * @param begun bytes that were parsed and belong to something incomplete
     * @param unread the capacity of the buffer with bytes that could not be parsed yet
     */
    void holds(int begun, int unread);
  }

  HttpHeads(Holder holder) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(FIRST_LINE_BYTES)
            .setMaxHeaderSize(HEADER_BYTES)
            .setHeadersFactory(new Few())
            .setTrailersFactory(new Few()));
    this.holder = holder;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    int before = in.readableBytes();
    int messages = out.size();
    super.decode(context, in, out);
    begun = out.size() > messages ? 0 : begun + before - in.readableBytes();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    super.channelRead(context, message);
    ByteBuf unread = internalBuffer();
    holder.holds(begun, unread.isReadable() ? unread.capacity() : 0);
  }

  /** Headers that may be repeated only a few times; a request with one more is malformed. */
  private record Few() implements HttpHeadersFactory {
    @Override
    public HttpHeaders newHeaders() {
      return new Counted();
    }

    @Override
    public HttpHeaders newEmptyHeaders() {
      return new Counted();
    }
  }

  private static final class Counted extends DefaultHttpHeaders {
    private int count;

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
      count();
      return super.add(name, value);
    }

    @Override
    public HttpHeaders add(String name, Object value) {
      count();
      return super.add(name, value);
    }

    private void count() {
      count++;
      if (count > HEADERS) {
        throw new IllegalArgumentException("more than " + HEADERS + " headers");
      }
    }
  }
}
