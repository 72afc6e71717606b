# Draws accuracy-mobilenet_v2-image_folder-holdout.svg; run: gnuplot accuracy-mobilenet_v2-image_folder-holdout.gp
if (!exists('out')) out = 'accuracy-mobilenet_v2-image_folder-holdout.svg'
set encoding utf8
set terminal svg size 852,480 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'imagenet-ptq: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'mobilenet_v2 on image_folder, split holdout: 12 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [3.731393:20.912213]
set yrange [-5.718:101.022]
set object rectangle from graph 0, first 46.7695 to graph 1, first 91.1058 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
5.394053 0.0000 0.0000 24.2494
7.991959 75.0000 46.7695 91.1058
11.167178 75.0000 46.7695 91.1058
14.919710 75.0000 46.7695 91.1058
19.249553 83.3333 55.1969 95.3035
EOD
$seeds0 << EOD
EOD
plot 75.0000 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 75.00 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'PTQ (MSE)'
