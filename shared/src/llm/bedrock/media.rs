//! Pictures and documents: Bedrock takes their bytes, in the formats that it knows.

use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, DocumentBlock, DocumentFormat, DocumentSource, ImageBlock, ImageFormat, ImageSource,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::domain::{Media, MediaContent};

pub(super) fn image(media: &Media) -> ContentBlock {
    let format = match media.media_type.as_str() {
        "image/png" => Some(ImageFormat::Png),
        "image/jpeg" | "image/jpg" => Some(ImageFormat::Jpeg),
        "image/gif" => Some(ImageFormat::Gif),
        "image/webp" => Some(ImageFormat::Webp),
        _ => None,
    };
    let block = format.zip(bytes(media)).and_then(|(format, bytes)| {
        ImageBlock::builder().format(format).source(ImageSource::Bytes(bytes)).build().ok()
    });
    block.map_or_else(|| ContentBlock::Text("[image left out]".to_owned()), ContentBlock::Image)
}

/// The name is ours: the model reads it, and the user's may be an instruction to it.
pub(super) fn file(media: &Media, number: usize) -> ContentBlock {
    let block = format(&media.media_type).zip(bytes(media)).and_then(|(format, bytes)| {
        let block = DocumentBlock::builder().format(format).source(DocumentSource::Bytes(bytes));
        block.name(format!("document-{number}")).build().ok()
    });
    block.map_or_else(|| ContentBlock::Text("[file left out]".to_owned()), ContentBlock::Document)
}

fn format(media_type: &str) -> Option<DocumentFormat> {
    Some(match media_type {
        "application/pdf" => DocumentFormat::Pdf,
        "text/csv" => DocumentFormat::Csv,
        "text/html" => DocumentFormat::Html,
        "text/markdown" => DocumentFormat::Md,
        "text/plain" => DocumentFormat::Txt,
        "application/msword" => DocumentFormat::Doc,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => DocumentFormat::Docx,
        "application/vnd.ms-excel" => DocumentFormat::Xls,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => DocumentFormat::Xlsx,
        _ => return None,
    })
}

fn bytes(media: &Media) -> Option<Blob> {
    match &media.content {
        MediaContent::Data(data) => BASE64_STANDARD.decode(data).ok().map(Blob::new),
        MediaContent::Url(_) => None,
    }
}
