//! The picture as a document: its parts, one over the other.

use maud::{PreEscaped, html};

use crate::http::{
    render::chain_picture::{
        Picture, Sheet, clean,
        layout::{HEIGHT, WIDTH},
        parts,
    },
    shell::language::Language,
};

/// Draws it, with the words of a language.
pub(in crate::http) fn draw(picture: &Picture, language: Language) -> String {
    let sheet = Sheet::of(picture, language);
    let title = language.of_two("三权变动图", "Chain of rights");
    let drawn = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        svg xmlns="http://www.w3.org/2000/svg" width="297mm" height="210mm" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
            lang=(language.tag()) role="img" aria-labelledby="title"
            font-family="'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','Helvetica Neue',Arial,sans-serif"
            fill="#1a1a1a" {
            title id="title" { (title) ": " (clean(&picture.asset_name)) }
            style { "@page { size: A4 landscape; margin: 0 }" }
            (parts::patterns(&sheet))
            rect width=(WIDTH) height=(HEIGHT) fill="#ffffff" {}
            (parts::heading(&sheet))
            (parts::axis(&sheet))
            @for (index, right) in picture.lanes.iter().enumerate() { (parts::lane(&sheet, index, *right)) }
            (parts::restrictions(&sheet))
            (parts::marks(&sheet))
            (parts::days(&sheet))
            (parts::names_in_spans(&sheet))
            (parts::legend(&sheet))
        }
    };
    drawn.into_string()
}
