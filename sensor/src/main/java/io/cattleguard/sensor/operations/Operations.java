package io.cattleguard.sensor.operations;

import io.cattleguard.sensor.settings.SensorException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * HTTP server for {@code /healthz}, {@code /readyz} and {@code /metrics}. It neither accepts nor
 * shows alerts. Each connection is closed after its answer, so that idle clients cannot make the
 * kubelet's probes fail.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the end of an event loop is not awaited
public final class Operations implements AutoCloseable {
  private static final int HEAD_BYTES = 4_096;
  private static final int TIMEOUT_SECONDS = 5;

  private final EventLoopGroup loop;
  private final ExecutorService threads;
  private final Channel listener;

  private Operations(EventLoopGroup loop, ExecutorService threads, Channel listener) {
    this.loop = loop;
    this.threads = threads;
    this.listener = listener;
  }

  /**
   * The state that it reports.
   *
   * @param ailment why the process should be restarted, empty while it is well
   * @param unready why clients should not send here, empty while it is ready
   * @param notes problems that an operator should fix although it is ready, one sentence each
   */
  public record Answers(
      Supplier<Optional<String>> ailment,
      Supplier<Optional<String>> unready,
      Supplier<List<String>> notes,
      Supplier<MetricsText> metrics) {}

  /**
   * Listens.
   *
   * @throws SensorException if it cannot listen on the address
   */
  public static Operations start(InetSocketAddress address, Answers answers) {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("operations", true), NioIoHandler.newFactory());
    // An answer may wait for the disk, and must not delay the others.
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    OperationsClients clients = new OperationsClients();
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 256)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new ReadTimeoutHandler(TIMEOUT_SECONDS),
                            new HttpServerCodec(
                                new HttpDecoderConfig()
                                    .setMaxInitialLineLength(HEAD_BYTES)
                                    .setMaxHeaderSize(HEAD_BYTES)),
                            new OperationsConversation(answers, threads, clients));
                  }
                });
    try {
      return new Operations(loop, threads, server.bind(address).syncUninterruptibly().channel());
    } catch (Exception e) { // Netty throws what bind threw, declared or not.
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new SensorException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** The address on which it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 1_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    threads.shutdownNow();
  }
}
