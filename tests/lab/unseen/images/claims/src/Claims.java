import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Claims over HTTP. /import trusts what it is given: scenarios come in through it. */
public final class Claims {
    private static final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);

    private interface Page { String of(String query, byte[] body) throws Exception; }

    private static String sql(String statement) throws Exception {
        String url = "jdbc:mariadb://ledger/office?user=office&connectTimeout=2000&password=" + System.getenv("OFFICE_PASSWORD");
        try (Connection db = DriverManager.getConnection(url); Statement s = db.createStatement()) {
            StringBuilder text = new StringBuilder();
            if (s.execute(statement)) {
                for (ResultSet rows = s.getResultSet(); rows.next();) text.append(rows.getString(1)).append('\n');
            }
            return text.toString();
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes());
        process.waitFor(10, TimeUnit.SECONDS);
        return said;
    }

    private static String fetch(String url) throws IOException {
        return new String(new URL(url).openStream().readAllBytes());
    }

    private static void page(HttpServer server, String path, Page page) {
        server.createContext(path, (HttpExchange exchange) -> {
            String answer;
            try {
                String query = exchange.getRequestURI().getQuery();
                answer = page.of(query == null ? "" : query, exchange.getRequestBody().readAllBytes());
            } catch (Throwable error) {
                answer = error.toString();
            }
            byte[] bytes = answer.getBytes();
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    /** What operators may switch on: each begins something that was not there. */
    private static String flag(String name) throws Exception {
        switch (name) {
            case "archive":
                timer.scheduleAtFixedRate(() -> {
                    try { run("/usr/local/bin/archive", "/srv/claims/out"); } catch (Exception e) { System.err.println(e); }
                }, 0, 1500, TimeUnit.MILLISECONDS);
                return "on";
            case "fraud-score":
                timer.scheduleAtFixedRate(() -> {
                    try { fetch("http://score.example:9200/v1/claims"); } catch (Exception e) { System.err.println(e); }
                }, 0, 500, TimeUnit.MILLISECONDS);
                return "on";
            default:
                return "no such flag";
        }
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 50);
        server.setExecutor(Executors.newFixedThreadPool(6));
        page(server, "/", (query, body) -> "claims\n");
        page(server, "/claims", (query, body) -> sql("SELECT holder FROM claims ORDER BY id DESC LIMIT 20"));
        page(server, "/claim", (query, body) -> sql("INSERT INTO claims (holder, amount) VALUES ('web', " + Integer.parseInt(query) + ")"));
        page(server, "/report", (query, body) -> run("/usr/local/bin/report", sql("SELECT amount FROM claims LIMIT 40")));
        page(server, "/rate", (query, body) -> fetch("http://rates.example/today?of=" + query.replaceAll("\\W", "")));
        page(server, "/flag", (query, body) -> flag(query));
        page(server, "/import", (query, body) -> {
            Object read = new ObjectInputStream(new ByteArrayInputStream(body)).readObject();
            return "imported " + read;
        });
        timer.scheduleAtFixedRate(() -> {
            try {
                Files.writeString(Path.of("/srv/claims/out/summary.csv"), sql("SELECT concat(state, ',', count(*)) FROM claims GROUP BY state"));
            } catch (Exception e) { System.err.println(e); }
        }, 1, 15, TimeUnit.SECONDS);
        server.start();
    }
}
