//! What a browser gets (threat X7: nothing runs, nothing is loaded from elsewhere, nobody frames us).

use testkit::test_db::Engine;

use crate::running::Running;

#[tokio::test]
async fn every_page_is_locked_down() {
    let running = Running::start(Engine::Sqlite).await;
    let browser = running.client(None);
    for path in ["/", "/reference", "/openapi.json", "/assets/style.css", "/nothing"] {
        let response = browser.get(running.page(path)).send().await.unwrap();
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(!headers.contains_key("strict-transport-security"), "{path}: it would hold for every port");
        let public = browser.get(running.page(path)).header("host", "console.example").send().await.unwrap();
        assert!(public.headers().contains_key("strict-transport-security"), "{path}");
    }
    assert_eq!(browser.get(running.page("/nothing")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_reference_shows_the_document_as_text() {
    let running = Running::start(Engine::Sqlite).await;
    let page =
        running.client(None).get(running.page("/reference")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("/api/v1/things") && page.contains("id=\"listThings\""));
    assert!(!page.contains("<script") && !page.contains("<b>things"), "{page}");
    // A phone's first screen is the guide: the contents are folded up there.
    assert!(
        page.contains("<nav class=\"contents folded\"")
            && page.contains("<details><summary>Contents</summary>")
    );
    let style = running
        .client(None)
        .get(running.page("/assets/style.css"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let narrow = style.split("@media (max-width").nth(1).unwrap();
    assert!(
        narrow.contains(".contents.beside { display: none; }")
            && narrow.contains(".contents.folded { display: block;")
    );
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn the_status_page_tells_whether_the_database_answers() {
    let running = Running::start(Engine::Sqlite).await;
    let browser = running.client(None);
    let status = async || {
        let response = browser.get(running.page("/")).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    for _ in 0..100 {
        if status().await.0 == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(status().await.1.contains("Everything here is working"));
    running.database.close().await.unwrap();
    for _ in 0..100 {
        if status().await.0 == 503 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (code, text) = status().await;
    assert_eq!(code, 503);
    assert!(text.contains("does not answer"), "{text}");
    assert!(running.test_db.file().is_some());
}
